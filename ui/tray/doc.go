// Package tray is Foyer's icon in the desktop's tray, and the menu on it.
package tray
