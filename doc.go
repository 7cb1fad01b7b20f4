// Foyer is a native desktop conferencing program: client and, when asked,
// meeting server.
package main
