// Package theme is Foyer's look: colours in a light and a dark variant, sizes on
// a 4 pixel grid, and its icons.
//
// The meeting's stage is dark in both variants, as a cinema is: use the Stage
// and Control colours there, and Fyne's own names everywhere else.
package theme
