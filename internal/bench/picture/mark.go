package picture

import "foyer/media/video"

// Loop is after how many pictures a scene begins again.
const Loop = 120

// The mark is a row of black and white blocks along the upper edge: markBits of
// the number, most significant first, and then the same inverted.
const (
	markBits  = 12
	markCells = 2 * markBits
	// A cell's sides, in parts of the width and of the height.
	markWide, markHigh = 40, 30
)

// Mark draws a picture's number, modulo 4096, into it.
func Mark(f *video.Frame, n int) {
	code := n&(1<<markBits-1)<<markBits | ^n&(1<<markBits-1)
	for i := range markCells {
		v := byte(16)
		if code>>(markCells-1-i)&1 != 0 {
			v = 235
		}
		x0, x1 := f.Width*i/markWide, f.Width*(i+1)/markWide
		for y := range f.Height / markHigh {
			row := f.Y[y*f.YStride+x0 : y*f.YStride+x1]
			for x := range row {
				row[x] = v
			}
		}
	}
	// No colour in it: chroma would cost the encoder and tell nothing.
	for y := range f.Height / markHigh / 2 {
		for x := range f.Width * markCells / markWide / 2 {
			f.U[y*f.CStride+x], f.V[y*f.CStride+x] = 128, 128
		}
	}
}

// ReadMark reads the number back, at whatever size the picture came.
func ReadMark(f *video.Frame) (n int, ok bool) {
	if f.Width < 2*markWide || f.Height < markHigh { // LiveKit ends a track with tiny black pictures
		return 0, false
	}
	code := 0
	y := f.Height / markHigh / 2
	for i := range markCells {
		x := f.Width * (2*i + 1) / (2 * markWide)
		code <<= 1
		if int(f.Y[y*f.YStride+x])+int(f.Y[y*f.YStride+x-1]) > 2*126 {
			code |= 1
		}
	}
	n = code >> markBits
	return n, code&(1<<markBits-1) == ^n&(1<<markBits-1)
}
