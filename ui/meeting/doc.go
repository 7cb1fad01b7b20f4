// Package meeting is the screen of a joined meeting: it draws what the call's
// last snapshot says, and turns presses and keys into the call's verbs.
package meeting
