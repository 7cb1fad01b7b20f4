// Package assets holds what the program shows and sounds beside its code.
package assets
