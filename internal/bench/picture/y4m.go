package picture

import (
	"bufio"
	"fmt"
	"os"

	"foyer/media/video"
)

// WriteY4M writes one Loop of a scene as a YUV4MPEG2 file, which Foyer's and
// Chromium's cameras both play over and over.
func WriteY4M(path string, s Scene, width, height, frameRate int) error {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write a clip: %w", err)
	}
	w := bufio.NewWriterSize(file, 1<<20)
	fmt.Fprintf(w, "YUV4MPEG2 W%d H%d F%d:1 Ip A1:1 C420jpeg\n", width, height, frameRate)
	var pool video.Pool
	f := pool.Get(width, height)
	defer f.Release()
	for n := range Loop {
		s.Draw(f, n)
		_, _ = w.WriteString("FRAME\n")
		for _, plane := range [][]byte{f.Y, f.U, f.V} { // a pool's planes have no gaps
			_, _ = w.Write(plane)
		}
	}
	err = w.Flush()
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("write clip %s: %w", path, err)
	}
	return nil
}
