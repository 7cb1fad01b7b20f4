// Package hotkey tells whether one key is held while other programs have the
// keyboard, without taking it from them.
//
// X11 has no passive grab that leaves a key to the others, so the keyboard's state
// is asked for fifty times a second (QueryKeymap), which costs less than hearing all
// keys that are typed. On Wayland no program sees what is typed into another:
// there the portal org.freedesktop.portal.GlobalShortcuts offers shortcuts that the
// desktop asks the person for, with Activated and Deactivated for down and up; it is
// not used yet, and Watch sees the key while programs of XWayland have the keyboard
// only.
//
// It also knows which Latin letter stands on a key whose layout types another script.
package hotkey
