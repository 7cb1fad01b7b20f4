//go:build linux

// Command onefile is the beginning of the one-file bundle: it unpacks what lies
// behind it in the file, a tar by zstd, into the person's cache, once, and becomes
// the program in there. It needs nothing of the system but a kernel.
package main
