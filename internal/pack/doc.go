// Command pack builds Foyer as it is given to people: packages of Debian's and
// RPM's kinds, Fyne's archive, a file that runs where it lies, and their checksums.
// What it makes is the same, byte for byte, for the same commit on the same system.
package main
