package codec

import (
	"fmt"
	"time"

	"foyer/media/video"
)

// Probed is what one encoder or decoder did when it was tried.
type Probed struct {
	Codec          Name   `json:"codec"`
	Direction      string `json:"direction"` // encode or decode
	Implementation string `json:"implementation"`
	Hardware       bool   `json:"hardware"`
	Works          bool   `json:"works"`
	Why            string `json:"why,omitempty"` // when it does not
}

// Probe tries every encoder and decoder on a picture. It takes some 50 ms.
func Probe() []Probed {
	var all []Probed
	for _, n := range Names {
		enc := Probed{Codec: n, Direction: "encode"}
		packet, err := probeEncode(n)
		enc.settle(err)
		dec := Probed{Codec: n, Direction: "decode"}
		dec.settle(probeDecode(n, packet))
		all = append(all, enc, dec)
	}
	return all
}

func (p *Probed) settle(err error) {
	p.Works = err == nil
	if err != nil {
		p.Why = err.Error()
	}
}

func probeEncode(n Name) ([]byte, error) {
	e, err := NewEncoder(n, EncoderConfig{Width: 320, Height: 180, FrameRate: 30, BitRate: 150_000})
	if err != nil {
		return nil, err
	}
	defer e.Close()
	var pool video.Pool
	f := pool.Get(320, 180)
	defer f.Release()
	video.NewCard(320, 180).Draw(f, 1, time.Now())
	p, ok, err := e.Encode(f)
	if err != nil {
		return nil, err
	}
	if !ok || !p.Key {
		return nil, fmt.Errorf("the first picture was no key frame")
	}
	return append([]byte(nil), p.Data...), nil
}

// probeDecode opens a decoder and, where there is a packet, decodes it.
func probeDecode(n Name, packet []byte) error {
	d, err := NewDecoder(n)
	if err != nil {
		return err
	}
	defer d.Close()
	if packet == nil {
		return nil
	}
	f, err := d.Decode(packet)
	if err != nil {
		return err
	}
	if f == nil {
		return fmt.Errorf("no picture came out")
	}
	f.Release()
	return nil
}
