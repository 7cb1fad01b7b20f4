package call

import (
	"encoding/base64"
	"fmt"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/livekit/server-sdk-go/v2/e2ee"
)

// unreadableAfter is how many frames in a row must be unreadable before a track
// counts as that: the first ones may be of the time before its key.
const unreadableAfter = 10

// seal is what stands between a remote track's frames and their decoder. It
// belongs to the track's reading goroutine.
type seal struct {
	k      *Call
	sid    string
	opener *opener // nil: the track is in clear, and so are we
	closed bool    // nothing of the track can be read
	bad    int     // frames in a row
}

// sealOf makes it for a track. In a call with a key only sealed tracks are taken:
// what comes in clear may be anybody's. Without a key only clear ones are.
func (k *Call) sealOf(pub *lksdk.RemoteTrackPublication, codec string) seal {
	s := seal{k: k, sid: pub.SID()}
	sealed := pub.TrackInfo().GetEncryption() != livekit.Encryption_NONE
	if sealed != (k.aead != nil) {
		s.closed = true
	} else if sealed {
		var err error
		if s.opener, err = newOpener(k.aead, codec, k.room.SifTrailer()); err != nil {
			s.closed = true
		}
	}
	k.setUnreadable(s.sid, s.closed)
	return s
}

// open returns the clear frame, in the memory of the one given; ok is false when
// there is none.
func (s *seal) open(frame []byte) (clear []byte, ok bool) {
	if s.closed {
		return nil, false
	}
	if s.opener == nil {
		return frame, true
	}
	clear, err := s.opener.open(frame)
	if err != nil {
		if s.bad++; s.bad == unreadableAfter && err != errInjected {
			s.k.setUnreadable(s.sid, true)
		}
		return nil, false
	}
	if s.bad >= unreadableAfter {
		s.k.setUnreadable(s.sid, false)
	}
	s.bad = 0
	return clear, true
}

// setUnreadable notes that a track is sealed with another key than ours.
func (k *Call) setUnreadable(sid string, on bool) {
	k.update(func() {
		if on {
			k.unreadable[sid] = true
		} else {
			delete(k.unreadable, sid)
		}
	})
}

// newSealerFor makes the sealer of one of our tracks; nil where the call has no key.
func (k *Call) newSealerFor(codec string) (*sealer, error) {
	if k.aead == nil {
		return nil, nil
	}
	return newSealer(k.aead, codec)
}

// encryption is what our tracks are announced with.
func (k *Call) encryption() livekit.Encryption_Type {
	if k.aead == nil {
		return livekit.Encryption_NONE
	}
	return livekit.Encryption_GCM
}

// dataKeys gives LiveKit's client the key for chat and other data.
func dataKeys(key []byte) (*lksdk.EncryptionOptions, error) {
	p := e2ee.NewExternalKeyProvider()
	if err := p.SetKeyFromPassphrase(base64.RawURLEncoding.EncodeToString(key), 0); err != nil {
		return nil, fmt.Errorf("derive the data key: %w", err)
	}
	return &lksdk.EncryptionOptions{KeyProvider: p}, nil
}
