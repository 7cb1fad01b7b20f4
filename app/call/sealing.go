package call

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"

	"foyer/media/codec"
)

// Sealing is LiveKit's frame encryption, as livekit-client does it in
// src/e2ee/worker/FrameCryptor.ts. A sealed frame is
//
//	clear header | ciphertext and tag | IV, 12 bytes | 12 | index of the key
//
// by AES-128-GCM over the frame behind the header; the header is authenticated.
// The server needs the header to find key frames. In H.264 all behind it is
// escaped, so that no start code appears in it (ITU-T H.264, 7.4.1).
const (
	sealKeySize    = 16
	sealIVSize     = 12
	sealTagSize    = 16
	sealOverhead   = sealTagSize + sealIVSize + 2
	sealSalt       = "LKFrameEncryptionKey"
	sealIterations = 100_000
)

var (
	errUnreadable = errors.New("frame cannot be read with this key")
	errInjected   = errors.New("frame was made by the server")
	errHeadless   = errors.New("frame is shorter than its header")
	errUnsealable = errors.New("codec has no frame encryption")
)

// newSealingKey derives what frames are sealed with from the bytes in a link.
// livekit-client's passphrase is the link's text of them, base64url without
// padding: ExternalE2EEKeyProvider.setKey("..."), thus PBKDF2. It takes
// some 10 ms. The result is safe for use by several goroutines.
func newSealingKey(key []byte) (cipher.AEAD, error) {
	phrase := base64.RawURLEncoding.EncodeToString(key)
	derived, err := pbkdf2.Key(sha256.New, phrase, []byte(sealSalt), sealIterations, sealKeySize)
	if err != nil {
		return nil, fmt.Errorf("derive the frame key: %w", err)
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, fmt.Errorf("derive the frame key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("derive the frame key: %w", err)
	}
	return aead, nil
}

// frameForm is how a codec's frames are sealed.
type frameForm struct {
	header func(frame []byte) int // length of what stays clear; more than the frame, or -1, when it is not one
	nal    bool                   // what follows is escaped
}

// formOf knows the codecs by their names in SDP, upper case. AV1 has no form in
// livekit-client.
func formOf(name string) (frameForm, error) {
	switch name {
	case "OPUS":
		return frameForm{header: func([]byte) int { return 1 }}, nil // RFC 6716, 3.1
	case "VP8":
		return frameForm{header: headerVP8}, nil
	case "VP9":
		return frameForm{header: func([]byte) int { return 0 }}, nil
	case "H264":
		return frameForm{header: headerH264, nal: true}, nil
	}
	return frameForm{}, fmt.Errorf("%s: %w", name, errUnsealable)
}

// Sealable reports whether pictures can be sent in n with an end-to-end key: in AV1 they
// have no form, and in sealed VP9 the server finds no key frame to begin with, and passes
// nothing on. In H264 Foyer reads them, but browsers lose some.
func Sealable(n codec.Name) bool { return n == codec.VP8 || n == codec.H264 }

// headerVP8: RFC 6386, 9.1; the lowest bit of a key frame is 0.
func headerVP8(frame []byte) int {
	if len(frame) > 0 && frame[0]&1 == 0 {
		return 10
	}
	return 3
}

// headerH264 reaches two bytes into the first slice of an access unit in Annex B
// form: its header and the beginning of the slice's own.
func headerH264(frame []byte) int {
	for i := 0; i+3 < len(frame); i++ {
		if frame[i] != 0 || frame[i+1] != 0 || frame[i+2] != 1 {
			continue
		}
		if kind := frame[i+3] & 0x1f; kind == 1 || kind == 5 { // slice, IDR slice
			return i + 5
		}
		i += 2
	}
	return -1
}

// sealer seals the frames of one track. It belongs to one goroutine. A nil one
// leaves frames as they are.
type sealer struct {
	aead cipher.AEAD
	form frameForm
	iv   [sealIVSize]byte // 8 random bytes, 4 of a counter: never twice under one key
	sent uint32
	out  []byte
	body []byte // before escaping
}

func newSealer(aead cipher.AEAD, codec string) (*sealer, error) {
	form, err := formOf(codec)
	if err != nil {
		return nil, err
	}
	s := &sealer{aead: aead, form: form}
	s.renew()
	return s, nil
}

func (s *sealer) renew() {
	rand.Read(s.iv[:8]) // never fails (crypto/rand)
	s.sent = 0
}

// seal returns the sealed frame, good until the next call; the frame is only
// read. In H.264 the start codes of the header must be of 4 bytes, which is what
// the other side's depacketizer makes of all. An empty frame stays empty.
func (s *sealer) seal(frame []byte) ([]byte, error) {
	if s == nil || len(frame) == 0 {
		return frame, nil
	}
	n := s.form.header(frame)
	if n < 0 || n > len(frame) {
		return nil, errHeadless
	}
	if s.sent++; s.sent == 0 {
		s.renew()
	}
	binary.BigEndian.PutUint32(s.iv[8:], s.sent)
	if !s.form.nal {
		s.out = append(s.out[:0], frame[:n]...)
		s.out = s.finish(s.out, frame[n:], frame[:n])
		return s.out, nil
	}
	s.body = s.finish(s.body[:0], frame[n:], frame[:n])
	s.out = appendEscaped(append(s.out[:0], frame[:n]...), s.body)
	return s.out, nil
}

func (s *sealer) finish(out, plain, header []byte) []byte {
	out = s.aead.Seal(out, s.iv[:], plain, header)
	out = append(out, s.iv[:]...)
	return append(out, sealIVSize, 0)
}

// opener opens the frames of one track. It belongs to one goroutine.
type opener struct {
	aead    cipher.AEAD
	form    frameForm
	trailer []byte // by which the server marks frames of its own; empty when it makes none
}

func newOpener(aead cipher.AEAD, codec string, trailer []byte) (*opener, error) {
	form, err := formOf(codec)
	if err != nil {
		return nil, err
	}
	return &opener{aead: aead, form: form, trailer: trailer}, nil
}

// open returns the frame in the memory of the sealed one, which it overwrites.
// An empty frame stays empty. Errors are errUnreadable and errInjected.
func (o *opener) open(sealed []byte) ([]byte, error) {
	if len(sealed) == 0 {
		return sealed, nil
	}
	if len(o.trailer) > 0 && bytes.HasSuffix(sealed, o.trailer) {
		return nil, errInjected
	}
	n := o.form.header(sealed)
	if n < 0 || n > len(sealed) {
		return nil, errUnreadable
	}
	header, body := sealed[:n:n], sealed[n:]
	if o.form.nal {
		body = unescape(body)
	}
	end := len(body) - 2 - sealIVSize
	if end < sealTagSize || body[len(body)-2] != sealIVSize {
		return nil, errUnreadable
	}
	plain, err := o.aead.Open(body[:0], body[end:end+sealIVSize], body[:end], header)
	if err != nil {
		return nil, errUnreadable
	}
	return sealed[:n+len(plain)], nil
}

// appendEscaped puts a 3 before each byte of at most 3 that follows two zeros.
func appendEscaped(out, raw []byte) []byte {
	zeros := 0
	for _, b := range raw {
		if zeros >= 2 && b <= 3 {
			out = append(out, 3)
			zeros = 0
		}
		out = append(out, b)
		if b == 0 {
			zeros++
		} else {
			zeros = 0
		}
	}
	return out
}

// unescape takes those away again, in place.
func unescape(b []byte) []byte {
	w, zeros := 0, 0
	for _, x := range b {
		if zeros >= 2 && x == 3 {
			zeros = 0
			continue
		}
		b[w] = x
		w++
		if x == 0 {
			zeros++
		} else {
			zeros = 0
		}
	}
	return b[:w]
}
