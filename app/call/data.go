package call

import (
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/livekit/server-sdk-go/v2/e2ee"

	"foyer/app/lkclient"
)

// takeData puts a guard in front of what others send as data, and returns the key
// by which LiveKit's client seals what we send; nil in a call without a key.
func (k *Call) takeData() (*lksdk.EncryptionOptions, error) {
	var keys *lksdk.EncryptionOptions
	var cryptor *e2ee.DataCryptor
	if k.aead != nil {
		var err error
		if keys, err = dataKeys(k.c.Key); err != nil {
			return nil, err
		}
		cryptor = e2ee.NewDataCryptor(keys.KeyProvider)
	}
	k.guard = lkclient.NewGuard(lkclient.RoomPeople(k.room), cryptor, map[string]lkclient.Topic{
		// Cleaning may drop much of a line.
		chatTopic:       {Max: 4 * MessageMax},
		legacyChatTopic: {Max: 4 * MessageMax},
		captionTopic:    {Max: 2 * captionMax, Live: true, Attributes: []string{segmentAttribute, trackAttribute}},
	}, lkclient.Handlers{Text: k.onText, User: k.onUser, Chat: k.onChat, Transcription: k.onTranscription})
	var err error
	k.data, err = lkclient.TakeData(k.room, k.guard)
	return keys, err
}

// onText takes a text stream, or more of one. It runs on the data channel's goroutine.
func (k *Call) onText(t lkclient.Text) {
	switch t.Topic {
	case chatTopic:
		if t.Done {
			k.receiveMessage(t.From, t.ID, t.Body, t.Sent)
		}
	case captionTopic:
		k.onCaption(t)
	}
}

// Received is how much is kept of data that others are sending.
func (k *Call) Received() lkclient.Kept { return k.guard.Kept() }
