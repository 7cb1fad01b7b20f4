package call

import (
	"bytes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"slices"
	"testing"
)

// testKey is what testdata/sealing.mjs makes its vectors with.
func testKey(t testing.TB) cipher.AEAD {
	t.Helper()
	key := make([]byte, 32)
	for i := range key {
		key[i] = byte(i * 7)
	}
	if got := base64.RawURLEncoding.EncodeToString(key); got != "AAcOFRwjKjE4P0ZNVFtiaXB3foWMk5qhqK-2vcTL0tk" {
		t.Fatalf("the passphrase is %s", got)
	}
	aead, err := newSealingKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return aead
}

// vectors are frames and what WebCrypto made of them, following livekit-client.
var vectors = []struct{ codec, frame, sealed string }{
	{"OPUS", "fc030e19242f3a45505b66717c87929da8b3bec9d4dfeaf5000b16212c37424d58636e79848f9aa5b0", "fc53da3d39c5876962b720ebd6791f0bf9a3d5a2a02cb8b129963a2fcb0f77852ceb5787a0e363dd8d79bc6dd2b155aeb29c2577d9fe3845ec000000000001205182b3e4150c00"},
	{"OPUS", "f8", "f827f9ba55f33708069628c53f0fc74398000000000001205182b3e4150c00"},
	{"VP8", "1002009d012a80026801090e13181d22272c31363b40454a4f54595e63686d72777c81868b90959a9fa4a9aeb3b8bdc2c7ccd1d6dbe0e5eaeff4f9fe", "1002009d012a8002680159da3705f79f0b1edd70a1eabbc7d9054935081c9e2033551caa8577adaf57d021974d9cd13bbff16bba1d4a48af00ad6d83effaf12b366f1ee5400c3c2a29ac3711000000000001205182b3e4150c00"},
	{"VP8", "3105000104070a0d101316191c1f2225282b2e3134373a3d404346494c4f5255585b5e61", "31050051d02317e7ad3f24f55a8588dba5bd7f215f5c4ece12076fd46041b56d6d932ae98b8ef563c607fb5594d610eede38dd37000000000001205182b3e4150c00"},
	{"VP9", "8293a4b5c6d7e8f90a1b2c3d4e5f708192a3b4c5", "d24780a82c6ac4cbe65db697b0d2e6d082c8dfb10a5f0718b8549b04a1e5e4ed05f46299000000000001205182b3e4150c00"},
	{"H264", "000000016742c01f0000000168ce3c8000000001658800070e151c232a31383f464d545b626970777e858c939aa1a8afb6bdc4cbd2d9e0e7eef5fc030a11181f262d343b424950575e656c737a81888f969d", "000000016742c01f0000000168ce3c8000000001658850d32a08f69e0603d479dce7aad6f438601c15f17fc1de883583b85afcfe1aad68de10d190fa722ca273e087997ead10c42a00b7bf1d76cf1147d2d26895dad09a1e86300557e7110f6c43910000030000030001205182b3e4150c00"},
	{"H264", "00000001419a040d161f28313a434c555e677079828b949da6afb8c1cad3dc", "00000001419a54d93202c28c1671a013c4cd8ef414da84f6cddb4b938efa417a5a9972df835e71aa75813421676e660000030000030001205182b3e4150c00"},
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func pair(t testing.TB, codec string, trailer []byte) (*sealer, *opener) {
	t.Helper()
	aead := testKey(t)
	s, err := newSealer(aead, codec)
	if err != nil {
		t.Fatal(err)
	}
	o, err := newOpener(aead, codec, trailer)
	if err != nil {
		t.Fatal(err)
	}
	return s, o
}

func TestSealingAgreesWithLiveKit(t *testing.T) {
	iv := unhex(t, "000000000001205182b3e415")
	for _, v := range vectors {
		s, o := pair(t, v.codec, []byte("trailer"))
		frame, sealed := unhex(t, v.frame), unhex(t, v.sealed)
		got, err := o.open(slices.Clone(sealed))
		if err != nil || !bytes.Equal(got, frame) {
			t.Errorf("%s of %d bytes opened: %x, %v", v.codec, len(frame), got, err)
		}
		copy(s.iv[:], iv[:8])
		s.sent = 0x82b3e415 - 1
		if got, err := s.seal(frame); err != nil || !bytes.Equal(got, sealed) {
			t.Errorf("%s of %d bytes sealed:\n%x, %v, want\n%x", v.codec, len(frame), got, err, sealed)
		}
	}
}

func TestSealingRoundTrip(t *testing.T) {
	start := []byte{0, 0, 0, 1}
	for _, c := range []struct {
		codec  string
		header []byte
	}{
		{"OPUS", []byte{0xfc}},
		{"VP8", []byte{0x10, 2, 0, 0x9d, 1, 0x2a, 0, 5, 0xd0, 2}},
		{"VP8", []byte{0x31, 5, 0}},
		{"VP9", nil},
		{"H264", slices.Concat(start, []byte{0x67, 0x42}, start, []byte{0x68, 0xce}, start, []byte{0x65, 0x88})},
		{"H264", slices.Concat(start, []byte{0x41, 0x9a})},
	} {
		s, o := pair(t, c.codec, nil)
		seen := map[string]bool{}
		for n := range 600 {
			body := make([]byte, n) // zeros first: the worst for H.264
			for i := range body {
				body[i] = byte(i * n / 7)
			}
			frame := slices.Concat(c.header, body)
			sealed, err := s.seal(frame)
			if err != nil {
				t.Fatalf("seal %s of %d bytes: %v", c.codec, len(frame), err)
			}
			if len(frame) == 0 {
				if len(sealed) != 0 {
					t.Errorf("%s: %d bytes of nothing", c.codec, len(sealed))
				}
				continue
			}
			if !bytes.HasPrefix(sealed, c.header) {
				t.Fatalf("%s: header %x, want %x", c.codec, sealed[:len(c.header)], c.header)
			}
			if n > 16 && bytes.Contains(sealed, body) {
				t.Fatalf("%s: the frame is to be read in what was sealed", c.codec)
			}
			if tail := sealed[len(c.header):]; c.codec == "H264" && (bytes.Contains(tail, []byte{0, 0, 1}) || bytes.Contains(tail, []byte{0, 0, 0})) {
				t.Fatalf("a start code within %x", tail)
			}
			if iv := string(s.iv[:]); seen[iv] {
				t.Fatalf("%s: an IV comes twice", c.codec)
			} else {
				seen[iv] = true
			}
			got, err := o.open(slices.Clone(sealed))
			if err != nil || !bytes.Equal(got, frame) {
				t.Fatalf("%s of %d bytes: %x, %v", c.codec, len(frame), got, err)
			}
		}
	}
}

func TestSealingCounterRenews(t *testing.T) {
	s, o := pair(t, "OPUS", nil)
	s.sent = 1<<32 - 1
	before := s.iv
	sealed, err := s.seal([]byte{0xfc, 1, 2})
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(before[:8], s.iv[:8]) {
		t.Error("the counter began again under the same random bytes")
	}
	if _, err := o.open(slices.Clone(sealed)); err != nil {
		t.Error(err)
	}
}

func TestSealingRefusesTampering(t *testing.T) {
	for _, v := range vectors {
		_, o := pair(t, v.codec, nil)
		sealed := unhex(t, v.sealed)
		for i := range sealed {
			if i == len(sealed)-1 {
				continue // the key's index: there is one key
			}
			bad := slices.Clone(sealed)
			bad[i] ^= 0x04
			if got, err := o.open(bad); !errors.Is(err, errUnreadable) {
				t.Errorf("%s with byte %d changed: %x, %v", v.codec, i, got, err)
			}
		}
		for n := range len(sealed) {
			if n == 0 {
				continue
			}
			if got, err := o.open(slices.Clone(sealed[:n])); !errors.Is(err, errUnreadable) {
				t.Errorf("%s cut to %d bytes: %x, %v", v.codec, n, got, err)
			}
		}
		if got, err := o.open(unhex(t, v.frame)); !errors.Is(err, errUnreadable) {
			t.Errorf("%s in clear: %x, %v", v.codec, got, err)
		}
		other, err := newSealingKey(make([]byte, 32))
		if err != nil {
			t.Fatal(err)
		}
		wrong, err := newOpener(other, v.codec, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := wrong.open(slices.Clone(sealed)); !errors.Is(err, errUnreadable) {
			t.Errorf("%s with another key: %x, %v", v.codec, got, err)
		}
	}
}

func TestSealingKnowsTheServersFrames(t *testing.T) {
	_, o := pair(t, "OPUS", []byte("secret of the room"))
	if _, err := o.open([]byte("\xf8\xff\xfesecret of the room")); !errors.Is(err, errInjected) {
		t.Errorf("%v", err)
	}
	if got, err := o.open(nil); err != nil || len(got) != 0 {
		t.Errorf("nothing: %x, %v", got, err)
	}
}

func TestSealingBounds(t *testing.T) {
	if _, err := newSealer(testKey(t), "AV1"); !errors.Is(err, errUnsealable) {
		t.Errorf("AV1: %v", err)
	}
	if _, err := newOpener(testKey(t), "AV1", nil); !errors.Is(err, errUnsealable) {
		t.Errorf("AV1: %v", err)
	}
	s, _ := pair(t, "VP8", nil)
	if _, err := s.seal([]byte{0x10, 2, 0}); !errors.Is(err, errHeadless) {
		t.Errorf("a key frame of 3 bytes: %v", err)
	}
	s, _ = pair(t, "H264", nil)
	if _, err := s.seal([]byte{0, 0, 0, 1, 0x67, 0x42}); !errors.Is(err, errHeadless) {
		t.Errorf("an access unit with no slice: %v", err)
	}
	s = nil
	if got, err := s.seal([]byte{1}); err != nil || !bytes.Equal(got, []byte{1}) {
		t.Errorf("no sealer: %x, %v", got, err)
	}
}

func TestSealingAllocatesNothing(t *testing.T) {
	for _, v := range vectors {
		s, o := pair(t, v.codec, []byte("trailer"))
		frame, copied := unhex(t, v.frame), make([]byte, 0, 1000)
		if n := testing.AllocsPerRun(100, func() {
			sealed, err := s.seal(frame)
			if err != nil {
				t.Fatal(err)
			}
			copied = append(copied[:0], sealed...)
			if _, err := o.open(copied); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations a frame", v.codec, n)
		}
	}
}

func FuzzOpen(f *testing.F) {
	names := []string{"OPUS", "VP8", "VP9", "H264"}
	for _, v := range vectors {
		f.Add(slices.Index(names, v.codec), unhex(f, v.sealed))
		f.Add(slices.Index(names, v.codec), unhex(f, v.frame))
	}
	f.Add(3, []byte{0, 0, 1, 5})
	f.Add(3, []byte{0, 0, 0, 1, 0x65})
	aead := testKey(f)
	known := map[string]bool{}
	for _, v := range vectors {
		known[v.frame] = true
	}
	f.Fuzz(func(t *testing.T, which int, b []byte) {
		if which < 0 || which >= len(names) {
			return
		}
		o, err := newOpener(aead, names[which], []byte("trailer"))
		if err != nil {
			t.Fatal(err)
		}
		before := slices.Clone(b)
		if got, err := o.open(slices.Clone(b)); err == nil && len(b) > 0 && !known[hex.EncodeToString(got)] {
			t.Errorf("%x was opened: %x", before, got)
		}
		s, err := newSealer(aead, names[which])
		if err != nil {
			t.Fatal(err)
		}
		if sealed, err := s.seal(b); err == nil && names[which] != "H264" {
			if got, err := o.open(slices.Clone(sealed)); err != nil || !bytes.Equal(got, b) {
				t.Errorf("%x became %x: %v", b, got, err)
			}
		}
		if !bytes.Equal(b, before) {
			t.Error("sealing changed the frame")
		}
	})
}

func BenchmarkSealing(b *testing.B) {
	s, o := pair(b, "VP8", nil)
	frame := make([]byte, 6250) // 1.5 Mbit/s at 30 fps
	frame[0] = 1
	copied := make([]byte, 0, 7000)
	b.SetBytes(int64(len(frame)))
	for b.Loop() {
		sealed, err := s.seal(frame)
		if err != nil {
			b.Fatal(err)
		}
		copied = append(copied[:0], sealed...)
		if _, err := o.open(copied); err != nil {
			b.Fatal(err)
		}
	}
}
