// Package video holds pictures: frames and their pool, scale and colour (libyuv),
// surfaces that a window paints, the simulcast ladder, and the test card.
package video
