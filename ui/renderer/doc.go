// Package renderer asks the system which OpenGL it would draw windows with, and how.
package renderer
