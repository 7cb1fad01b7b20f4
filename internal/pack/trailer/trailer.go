package trailer

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
)

// Window is the most that the payload's compression looks back, in bytes.
const Window = 1 << 27

// Trailer says how long the payload is, in bytes, and names it by its SHA-256.
type Trailer struct {
	Mark [8]byte
	Size int64
	Sum  [32]byte
}

var mark = [8]byte{'f', 'o', 'y', 'e', 'r', '-', '1', '\n'}

// Append writes a trailer for a payload that was written just before.
func Append(w io.Writer, size int64, sum [32]byte) error {
	return binary.Write(w, binary.LittleEndian, Trailer{mark, size, sum})
}

// Find reads the trailer of a bundle and returns a reader of its payload.
func Find(f *os.File) (Trailer, *io.SectionReader, error) {
	var t Trailer
	info, err := f.Stat()
	if err != nil {
		return t, nil, err
	}
	end := info.Size() - int64(binary.Size(t))
	b := make([]byte, binary.Size(t))
	if _, err := f.ReadAt(b, end); err != nil {
		return t, nil, err
	}
	if err := binary.Read(bytes.NewReader(b), binary.LittleEndian, &t); err != nil {
		return t, nil, err
	}
	if t.Mark != mark || t.Size <= 0 || t.Size > end {
		return t, nil, errors.New("nothing is packed behind this program")
	}
	return t, io.NewSectionReader(f, end-t.Size, t.Size), nil
}
