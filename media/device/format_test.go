package device

import (
	"math/rand/v2"
	"testing"

	"github.com/pion/mediadevices/pkg/frame"
	"github.com/pion/mediadevices/pkg/prop"
)

func media(f frame.Format, w, h int, rates ...float32) (list []prop.Media) {
	for _, r := range rates {
		list = append(list, prop.Media{Video: prop.Video{Width: w, Height: h, FrameRate: r, FrameFormat: f}})
	}
	return list
}

func join(lists ...[]prop.Media) (all []prop.Media) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

func TestNearest(t *testing.T) {
	usb2 := join( // a common webcam on USB 2
		media(frame.FormatYUYV, 160, 120, 30, 24, 15),
		media(frame.FormatYUYV, 640, 480, 30, 24, 15),
		media(frame.FormatYUYV, 640, 360, 30, 24, 15),
		media(frame.FormatYUYV, 1280, 720, 10, 7.5),
		media(frame.FormatYUYV, 1920, 1080, 5),
		media(frame.FormatMJPEG, 640, 480, 30),
		media(frame.FormatMJPEG, 640, 360, 30),
		media(frame.FormatMJPEG, 1280, 720, 60, 30, 24),
		media(frame.FormatMJPEG, 1920, 1080, 30, 24),
	)
	usb3 := join(
		media(frame.FormatYUYV, 1280, 720, 60, 30),
		media(frame.FormatMJPEG, 1280, 720, 60, 30),
		media(frame.FormatNV12, 640, 360, 30),
		media(frame.FormatYUYV, 640, 360, 30),
	)
	old := join(media(frame.FormatYUYV, 352, 288, 30), media(frame.FormatYUYV, 640, 480, 15))
	noRate := media(frame.FormatYUYV, 640, 480, 0)
	depth := join(media(frame.FormatZ16, 1280, 720, 30), media(frame.FormatYUYV, 320, 240, 30))
	for _, test := range []struct {
		name string
		have []prop.Media
		want CameraFormat
		got  prop.Media
	}{
		{"720p is compressed on USB 2", usb2, CameraFormat{1280, 720, 30}, media(frame.FormatMJPEG, 1280, 720, 30)[0]},
		{"the default is 720p at 30", usb2, CameraFormat{}, media(frame.FormatMJPEG, 1280, 720, 30)[0]},
		{"small sizes are not compressed", usb2, CameraFormat{640, 360, 30}, media(frame.FormatYUYV, 640, 360, 30)[0]},
		{"no faster than asked", usb2, CameraFormat{640, 360, 15}, media(frame.FormatYUYV, 640, 360, 15)[0]},
		{"1080p", usb2, CameraFormat{1920, 1080, 30}, media(frame.FormatMJPEG, 1920, 1080, 30)[0]},
		{"larger than it has", usb2, CameraFormat{3840, 2160, 30}, media(frame.FormatMJPEG, 1920, 1080, 30)[0]},
		{"smaller rather than larger", usb2, CameraFormat{1600, 900, 30}, media(frame.FormatMJPEG, 1280, 720, 30)[0]},
		{"a little larger rather than tiny", usb2, CameraFormat{480, 270, 30}, media(frame.FormatYUYV, 640, 360, 30)[0]},
		{"compressed from 720p at 30 on", usb3, CameraFormat{1280, 720, 30}, media(frame.FormatMJPEG, 1280, 720, 30)[0]},
		{"planar before packed", usb3, CameraFormat{640, 360, 30}, media(frame.FormatNV12, 640, 360, 30)[0]},
		{"half the rate loses to a third of the size", old, CameraFormat{640, 480, 30}, media(frame.FormatYUYV, 640, 480, 15)[0]},
		{"unknown rate", noRate, CameraFormat{1280, 720, 30}, noRate[0]},
		{"depth is no picture", depth, CameraFormat{1280, 720, 30}, media(frame.FormatYUYV, 320, 240, 30)[0]},
	} {
		t.Run(test.name, func(t *testing.T) {
			for range 10 { // drivers list in no order
				rand.Shuffle(len(test.have), func(i, j int) { test.have[i], test.have[j] = test.have[j], test.have[i] })
				got, ok := nearest(test.have, test.want)
				if !ok || got != test.got {
					t.Fatalf("got %v %dx%d at %v, want %v %dx%d at %v", got.FrameFormat, got.Width, got.Height, got.FrameRate,
						test.got.FrameFormat, test.got.Width, test.got.Height, test.got.FrameRate)
				}
			}
		})
	}
	for _, none := range [][]prop.Media{nil, media(frame.FormatZ16, 640, 480, 30), media(frame.FormatI420, 0, 0, 30)} {
		if p, ok := nearest(none, CameraFormat{}); ok {
			t.Errorf("of %v it chose %v", none, p)
		}
	}
}

func TestThumbnailSize(t *testing.T) {
	for _, test := range [][5]int{
		{1920, 1080, 320, 320, 180},
		{1080, 1920, 320, 320, 568},
		{100, 50, 320, 100, 50},
		{8000, 10, 100, 100, 2},
		{641, 481, 0, 2, 2},
	} {
		if w, h := thumbnailSize(test[0], test[1], test[2]); w != test[3] || h != test[4] {
			t.Errorf("%dx%d within %d is %dx%d", test[0], test[1], test[2], w, h)
		}
	}
}
