// Package bidi puts lines of mixed direction into the order in which Fyne draws them.
//
// Fyne's painter draws the runs of a line from left to right in the order in which
// they are read, so that brackets, marks and spaces among Hebrew or Arabic words stand
// at the wrong end. Line orders them by the Unicode bidirectional algorithm (UAX 9)
// first. golang.org/x/text/unicode/bidi has the classes, but no levels to ask for, and
// its paragraphs never pair brackets (rule N0).
package bidi
