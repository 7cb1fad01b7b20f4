package audio

import "sync/atomic"

// Ring carries samples from one goroutine or thread to one other, without
// locks. A write that does not fit is dropped whole, and counted.
type Ring struct {
	buf         []float32
	read, write atomic.Uint64 // samples since the beginning
	overruns    atomic.Uint64
}

// NewRing makes a ring for at least n samples.
func NewRing(n int) *Ring {
	size := 1
	for size < n {
		size *= 2
	}
	return &Ring{buf: make([]float32, size)}
}

// Write appends all of b or nothing. One writer.
func (r *Ring) Write(b []float32) bool {
	w := r.write.Load()
	if len(r.buf)-int(w-r.read.Load()) < len(b) {
		r.overruns.Add(1)
		return false
	}
	i := int(w) & (len(r.buf) - 1)
	n := copy(r.buf[i:], b)
	copy(r.buf, b[n:])
	r.write.Store(w + uint64(len(b)))
	return true
}

// Read fills all of b or nothing. One reader.
func (r *Ring) Read(b []float32) bool {
	at := r.read.Load()
	if int(r.write.Load()-at) < len(b) {
		return false
	}
	i := int(at) & (len(r.buf) - 1)
	n := copy(b, r.buf[i:])
	copy(b[n:], r.buf)
	r.read.Store(at + uint64(len(b)))
	return true
}

// Len is how many samples wait.
func (r *Ring) Len() int { return int(r.write.Load() - r.read.Load()) }
