// Package locale gives programs without a language one that Fyne can read.
//
// Fyne's language package parses the locale when it is initialised, and prints
// errors for C and POSIX, the locales of servers and containers. Ready packages
// are initialised in the order of their import paths (Go specification, Program
// initialization), and this one's sorts before Fyne's: main imports it for that.
package locale
