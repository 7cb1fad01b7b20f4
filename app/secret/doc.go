// Package secret keeps what must not lie open on the disk: in the system's keyring
// where there is one, and in a file of mode 0600 where there is none.
package secret
