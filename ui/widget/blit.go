package widget

import "image"

// picture is what a blit shows.
type picture struct {
	img     *image.RGBA // nil shows nothing
	fresh   bool        // it is another one than was drawn last
	blended bool        // parts of it are transparent
	to      [2]int      // width and height on the screen, in pixels
}
