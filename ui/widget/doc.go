// Package widget holds Foyer's own widgets: what the lobby and the meeting are
// built of, beside Fyne's.
//
// All of it belongs to the UI goroutine unless a comment says otherwise. Colours
// come from foyer/ui/theme, so the theme must be set on the app.
//
// What can have the keyboard has a ring for it and a Label, its name. Fyne 2.7 hands
// nothing to screen readers; Label is what one would be told.
package widget
