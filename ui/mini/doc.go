// Package mini is the small window that stands over other programs while the
// meeting's own window is minimised, or while a screen is shared from behind
// another program: who speaks, and the buttons that are wanted then.
//
// It has no title bar and is dragged by its picture. On X11 it is a utility window
// above the others, on all desktops and in no taskbar, and does not take the
// keyboard when it comes (hints_x11.go). On Windows and macOS it has what GLFW
// gives: above the others, no title bar, no keyboard. On Wayland a program is not
// told that it is minimised and cannot put a window above another's: there is no
// small window in a Wayland build (an X11 build has it under XWayland).
//
// Whoever shares a whole screen on X11 shares this window with it: X11's capture
// is of what the root window shows, and no window can be left out. It can be closed.
package mini
