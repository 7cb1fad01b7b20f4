package video

/*
#cgo LDFLAGS: -lyuv
#include <libyuv.h>

// The plane pointers come one by one, so that no Go pointer is stored in C memory.
static int scale_i420(const uint8_t *sy, const uint8_t *su, const uint8_t *sv, int sys, int scs, int sw, int sh,
                      uint8_t *dy, uint8_t *du, uint8_t *dv, int dys, int dcs, int dw, int dh) {
	return I420Scale(sy, sys, su, scs, sv, scs, sw, sh, dy, dys, du, dcs, dv, dcs, dw, dh, kFilterBox);
}
*/
import "C"

import (
	"errors"
	"fmt"
	"image"
	"unsafe"
)

var (
	errSmallBuffer = errors.New("video: buffer too small for the picture")
	errMalformed   = errors.New("video: malformed picture")
)

func ptr(b []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(b))) }

// whole says whether f's planes hold the picture that its sizes promise.
func (f *Frame) whole() bool {
	if f.Width <= 0 || f.Height <= 0 || f.Width&1 != 0 || f.Height&1 != 0 {
		return false
	}
	cw, ch := f.Width/2, f.Height/2
	chroma := f.CStride*(ch-1) + cw
	return f.YStride >= f.Width && f.CStride >= cw &&
		len(f.Y) >= f.YStride*(f.Height-1)+f.Width && len(f.U) >= chroma && len(f.V) >= chroma
}

// crop returns a view of r, moved to even coordinates, that shares f's planes.
func (f *Frame) crop(r image.Rectangle) Frame {
	r.Min.X &^= 1
	r.Min.Y &^= 1
	w, h := r.Dx()&^1, r.Dy()&^1
	c := r.Min.Y/2*f.CStride + r.Min.X/2
	return Frame{
		Width: w, Height: h, YStride: f.YStride, CStride: f.CStride,
		Y: f.Y[r.Min.Y*f.YStride+r.Min.X:], U: f.U[c:], V: f.V[c:], Captured: f.Captured,
	}
}

// Scale fills dst with src at dst's size (box filter). It keeps no proportion
// by itself. Sizes that do not fit their planes are left alone.
func Scale(dst, src *Frame) {
	if !dst.whole() || !src.whole() {
		return
	}
	dst.Captured = src.Captured
	src.scaleTo(dst)
}

// scratch are pictures on the way from one size to another.
var scratch Pool

// scaleToShow is Scale for what is only looked at. What is to be less than half as
// large is halved first, which libyuv does fast: its box filter is slow for all
// other factors beyond two, and up to that it is bilinear.
func scaleToShow(dst, src *Frame) {
	if !dst.whole() || !src.whole() {
		return
	}
	from := src.upTo(src.Width, src.Height)
	var half *Frame
	for from.Width > 2*dst.Width && from.Height > 2*dst.Height {
		next := scratch.Get(from.Width/2, from.Height/2)
		w, h := from.Width/2, from.Height/2 // maybe odd
		to := next.upTo(w, h)
		from.scaleTo(&to)
		if half != nil {
			half.Release()
		}
		half, from = next, next.upTo(w, h)
	}
	from.scaleTo(dst)
	if half != nil {
		half.Release()
	}
	dst.Captured = src.Captured
}

// upTo is f's upper left part, in the same planes.
func (f *Frame) upTo(width, height int) Frame {
	return Frame{Width: width, Height: height, YStride: f.YStride, CStride: f.CStride, Y: f.Y, U: f.U, V: f.V}
}

func (f *Frame) scaleTo(dst *Frame) {
	C.scale_i420(ptr(f.Y), ptr(f.U), ptr(f.V), C.int(f.YStride), C.int(f.CStride), C.int(f.Width), C.int(f.Height),
		ptr(dst.Y), ptr(dst.U), ptr(dst.V), C.int(dst.YStride), C.int(dst.CStride), C.int(dst.Width), C.int(dst.Height))
}

// Copy fills dst, of the same size, with src.
func Copy(dst, src *Frame) error {
	if dst.Width != src.Width || dst.Height != src.Height || !dst.whole() || !src.whole() {
		return fmt.Errorf("copy %dx%d to %dx%d: %w", src.Width, src.Height, dst.Width, dst.Height, errSmallBuffer)
	}
	dst.Captured = src.Captured
	C.I420Copy(ptr(src.Y), C.int(src.YStride), ptr(src.U), C.int(src.CStride), ptr(src.V), C.int(src.CStride),
		ptr(dst.Y), C.int(dst.YStride), ptr(dst.U), C.int(dst.CStride), ptr(dst.V), C.int(dst.CStride),
		C.int(dst.Width), C.int(dst.Height))
	return nil
}

// Order is how the bytes of a pixel follow each other in memory.
type Order int

const (
	RGBA Order = iota // Go's
	BGRA              // what most screens have: drawn without another conversion
)

// ToRGBA writes f, opaque, into img at r's upper left corner; r has f's size.
func (f *Frame) ToRGBA(img *image.RGBA, r image.Rectangle) error { return f.to(img, r, RGBA) }

func (f *Frame) to(img *image.RGBA, r image.Rectangle, order Order) error {
	if r.Dx() > f.Width || r.Dy() > f.Height || !r.In(img.Rect) || r.Empty() || !f.whole() {
		return fmt.Errorf("paint %dx%d into %v: %w", f.Width, f.Height, r, errSmallBuffer)
	}
	o := img.PixOffset(r.Min.X, r.Min.Y)
	if o < 0 || img.Stride < 4*r.Dx() || len(img.Pix) < o+img.Stride*(r.Dy()-1)+4*r.Dx() {
		return fmt.Errorf("paint into %v: %w", img.Rect, errMalformed)
	}
	// libyuv names words, Go names bytes: its ABGR is R, G, B, A in memory.
	if order == BGRA {
		C.I420ToARGB(ptr(f.Y), C.int(f.YStride), ptr(f.U), C.int(f.CStride), ptr(f.V), C.int(f.CStride),
			ptr(img.Pix[o:]), C.int(img.Stride), C.int(r.Dx()), C.int(r.Dy()))
		return nil
	}
	C.I420ToABGR(ptr(f.Y), C.int(f.YStride), ptr(f.U), C.int(f.CStride), ptr(f.V), C.int(f.CStride),
		ptr(img.Pix[o:]), C.int(img.Stride), C.int(r.Dx()), C.int(r.Dy()))
	return nil
}

// mirror swaps left and right of the pixels of r in img, in place.
func mirror(img *image.RGBA, r image.Rectangle) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := img.Pix[img.PixOffset(r.Min.X, y) : img.PixOffset(r.Max.X-1, y)+4]
		px := unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(row))), r.Dx())
		for i, j := 0, len(px)-1; i < j; i, j = i+1, j-1 {
			px[i], px[j] = px[j], px[i]
		}
	}
}

// FromBGRA fills f from 32-bit pixels laid out B, G, R, X in memory (X11's
// usual order), stride bytes a row, at least f.Width x f.Height of them.
func (f *Frame) FromBGRA(pix []byte, stride int) error {
	if err := f.fits(pix, stride, f.Width*4, f.Height); err != nil {
		return err
	}
	C.ARGBToI420(ptr(pix), C.int(stride), ptr(f.Y), C.int(f.YStride), ptr(f.U), C.int(f.CStride), ptr(f.V), C.int(f.CStride),
		C.int(f.Width), C.int(f.Height))
	return nil
}

// FromRGBA fills f from 32-bit pixels laid out R, G, B, A in memory.
func (f *Frame) FromRGBA(pix []byte, stride int) error {
	if err := f.fits(pix, stride, f.Width*4, f.Height); err != nil {
		return err
	}
	C.ABGRToI420(ptr(pix), C.int(stride), ptr(f.Y), C.int(f.YStride), ptr(f.U), C.int(f.CStride), ptr(f.V), C.int(f.CStride),
		C.int(f.Width), C.int(f.Height))
	return nil
}

// FromYUYV fills f from packed 4:2:2 (Y0 U Y1 V).
func (f *Frame) FromYUYV(pix []byte, stride int) error {
	if err := f.fits(pix, stride, f.Width*2, f.Height); err != nil {
		return err
	}
	C.YUY2ToI420(ptr(pix), C.int(stride), ptr(f.Y), C.int(f.YStride), ptr(f.U), C.int(f.CStride), ptr(f.V), C.int(f.CStride),
		C.int(f.Width), C.int(f.Height))
	return nil
}

// FromMJPEG decodes one JPEG of f's size into f.
func (f *Frame) FromMJPEG(data []byte) error {
	if len(data) == 0 || !f.whole() {
		return fmt.Errorf("decode a JPEG of %d bytes: %w", len(data), errMalformed)
	}
	if C.MJPGToI420(ptr(data), C.size_t(len(data)), ptr(f.Y), C.int(f.YStride), ptr(f.U), C.int(f.CStride), ptr(f.V), C.int(f.CStride),
		C.int(f.Width), C.int(f.Height), C.int(f.Width), C.int(f.Height)) != 0 {
		return fmt.Errorf("decode a JPEG of %d bytes: %w", len(data), errMalformed)
	}
	return nil
}

// FromYCbCr fills f from img, of at least f's size and any subsampling.
func (f *Frame) FromYCbCr(img *image.YCbCr) error {
	if !f.whole() || img.Rect.Dx() < f.Width || img.Rect.Dy() < f.Height {
		return fmt.Errorf("copy a picture of %v into %dx%d: %w", img.Rect, f.Width, f.Height, errSmallBuffer)
	}
	yo, c := img.YOffset(img.Rect.Min.X, img.Rect.Min.Y), img.COffset(img.Rect.Min.X, img.Rect.Min.Y)
	if yo > len(img.Y) || c > min(len(img.Cb), len(img.Cr)) {
		return fmt.Errorf("copy a picture of %v: %w", img.Rect, errMalformed)
	}
	across, down := 1, 1 // luminance samples of one of colour
	switch img.SubsampleRatio {
	case image.YCbCrSubsampleRatio444:
	case image.YCbCrSubsampleRatio422:
		across = 2
	case image.YCbCrSubsampleRatio420:
		across, down = 2, 2
	case image.YCbCrSubsampleRatio440:
		down = 2
	case image.YCbCrSubsampleRatio411:
		across = 4
	case image.YCbCrSubsampleRatio410:
		across, down = 4, 2
	default:
		return fmt.Errorf("copy a picture of subsampling %v: %w", img.SubsampleRatio, errMalformed)
	}
	cw, ch := (f.Width+across-1)/across, (f.Height+down-1)/down
	return f.FromPlanes(Plane{img.Y[yo:], img.YStride, f.Width, f.Height}, Plane{img.Cb[c:], img.CStride, cw, ch}, Plane{img.Cr[c:], img.CStride, cw, ch})
}

// Plane is one component of a picture, 8 bits a sample.
type Plane struct {
	Pix           []byte
	Stride        int // bytes
	Width, Height int
}

func (p Plane) whole() bool {
	return p.Width > 0 && p.Height > 0 && p.Stride >= p.Width && len(p.Pix) >= p.Stride*(p.Height-1)+p.Width
}

// FromPlanes fills f from y, of f's size, and colour of any size that covers the same.
func (f *Frame) FromPlanes(y, u, v Plane) error {
	if !f.whole() || y.Width != f.Width || y.Height != f.Height || !y.whole() || !u.whole() || !v.whole() {
		return fmt.Errorf("fill %dx%d from planes of %dx%d and %dx%d: %w", f.Width, f.Height, y.Width, y.Height, u.Width, u.Height, errMalformed)
	}
	for _, p := range []struct {
		to     []byte
		stride int
		w, h   int
		from   Plane
	}{{f.Y, f.YStride, f.Width, f.Height, y}, {f.U, f.CStride, f.Width / 2, f.Height / 2, u}, {f.V, f.CStride, f.Width / 2, f.Height / 2, v}} {
		C.ScalePlane(ptr(p.from.Pix), C.int(p.from.Stride), C.int(p.from.Width), C.int(p.from.Height),
			ptr(p.to), C.int(p.stride), C.int(p.w), C.int(p.h), C.kFilterBox) // a copy, where sizes are equal
	}
	return nil
}

// Rotate fills dst with src turned clockwise by 0, 90, 180 or 270 degrees.
func Rotate(dst, src *Frame, degrees int) error {
	w, h := src.Width, src.Height
	if degrees == 90 || degrees == 270 {
		w, h = h, w
	}
	if dst.Width != w || dst.Height != h || degrees%90 != 0 || degrees < 0 || degrees > 270 || !dst.whole() || !src.whole() {
		return fmt.Errorf("turn %dx%d by %d degrees into %dx%d: %w", src.Width, src.Height, degrees, dst.Width, dst.Height, errSmallBuffer)
	}
	dst.Captured = src.Captured
	C.I420Rotate(ptr(src.Y), C.int(src.YStride), ptr(src.U), C.int(src.CStride), ptr(src.V), C.int(src.CStride),
		ptr(dst.Y), C.int(dst.YStride), ptr(dst.U), C.int(dst.CStride), ptr(dst.V), C.int(dst.CStride),
		C.int(src.Width), C.int(src.Height), C.enum_RotationMode(degrees))
	return nil
}

// Limit brings f from full range (0 to 255, as JPEG has) to limited range. f is not
// shared yet.
func (f *Frame) Limit() {
	limit := func(b []byte, table *[256]byte) {
		for i, x := range b {
			b[i] = table[x]
		}
	}
	limit(f.Y, &limitedLuma)
	limit(f.U, &limitedChroma)
	limit(f.V, &limitedChroma)
}

var limitedLuma, limitedChroma = func() (y, c [256]byte) {
	for i := range 256 {
		y[i] = byte(16 + (i*219+127)/255)
		c[i] = byte((128*255 + (i-128)*224 + 127) / 255)
	}
	return y, c
}()

func (f *Frame) fits(pix []byte, stride, row, rows int) error {
	if !f.whole() || stride < row || len(pix) < stride*(rows-1)+row {
		return fmt.Errorf("convert to %dx%d from %d bytes: %w", f.Width, f.Height, len(pix), errSmallBuffer)
	}
	return nil
}
