package device

import (
	"github.com/pion/mediadevices/pkg/frame"
	"github.com/pion/mediadevices/pkg/prop"

	"foyer/media/codec"
	"foyer/media/video"
)

// cardSource is a test card of any size: what is asked is what it has.
type cardSource struct{ format CameraFormat }

func (s cardSource) formats() ([]prop.Media, error) {
	w, h := min(max(s.format.Width&^1, 64), 3840), min(max(s.format.Height&^1, 36), 2160)
	return []prop.Media{picture(w, h, min(s.format.FrameRate, 120))}, nil
}

func (s cardSource) record(p prop.Media) (video.Reader, error) {
	return video.NewCardReader(p.Width, p.Height, min(s.format.FrameRate, 120))
}

func (s cardSource) close() {}

// fileSource is a video file, over and over.
type fileSource struct {
	path string
	file video.Reader
}

func (s *fileSource) formats() ([]prop.Media, error) {
	r, err := codec.OpenFile(s.path)
	if err != nil {
		return nil, err
	}
	s.file = r
	// The file keeps its own size, whatever is asked.
	return []prop.Media{picture(defaultFormat.Width, defaultFormat.Height, 0)}, nil
}

func (s *fileSource) record(prop.Media) (video.Reader, error) { return s.file, nil }

func (s *fileSource) close() {
	if s.file != nil {
		s.file.Close()
	}
}

func picture(width, height int, rate float64) prop.Media {
	return prop.Media{Video: prop.Video{Width: width, Height: height, FrameRate: float32(rate), FrameFormat: frame.FormatI420}}
}
