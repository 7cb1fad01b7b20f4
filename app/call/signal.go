package call

import (
	"errors"
	"fmt"
	"sync"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/livekit/server-sdk-go/v2/signalling"
	"google.golang.org/protobuf/proto"

	"foyer/app/lkclient"
)

// announcer stands between LiveKit's client and its connection to the server. The
// client cannot announce what it sends as it is: simulcast that is sealed, or one
// track of several sizes. So what it announces is corrected on its way out.
//
// The client has no hook for that. It keeps both ends of the connection as
// interfaces in fields of its own: these are put around. Where a later client has
// other fields, joining fails.
type announcer struct {
	engine   *lksdk.RTCEngine
	starting func() // called before each connection's messages are read

	published *publications // hears what the server says of our tracks; set before joining

	leaving sync.Mutex // keeps Disconnect from the client's field while it is set

	mu     sync.Mutex                                // guards what follows
	tracks map[string]func(*livekit.AddTrackRequest) // by the track's ID
	sizes  map[string]int                            // how many are wanted, by publication
	token  string                                    // the newest that the server has sent

	descriptions
	codecs takenCodecs
}

// newAnnouncer is called before the room is joined: nothing of it runs yet.
func newAnnouncer(room *lksdk.Room, starting func()) (*announcer, error) {
	a := &announcer{starting: starting, tracks: map[string]func(*livekit.AddTrackRequest){}, sizes: map[string]int{}}
	engine, err := lkclient.Field[*lksdk.RTCEngine](room, "engine")
	if err != nil {
		return nil, err
	}
	if _, err := lkclient.Field[signalling.SignalTransport](*engine, "signalTransport"); err != nil {
		return nil, err
	}
	handler, err := lkclient.Field[signalling.SignalHandler](*engine, "signalHandler")
	if err != nil {
		return nil, err
	}
	a.engine = *engine
	*handler = incoming{*handler, a}
	return a, nil
}

// correct lets change have its say whenever the track of that ID is announced,
// again after a new start, too. It must be quick.
func (a *announcer) correct(id string, change func(*livekit.AddTrackRequest)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tracks[id] = change
}

// forget ends correct.
func (a *announcer) forget(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.tracks, id)
}

// wantedSizes is how many sizes of a publication somebody wants, the smallest
// first (dynacast); max until the server has spoken.
func (a *announcer) wantedSizes(sid string, max int) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n, ok := a.sizes[sid]; ok {
		return min(n, max)
	}
	return max
}

// sizesMax is of how many publications of ours the server's word is kept.
const sizesMax = 1000

// hear notes what the server says of a publication's sizes, in the first codec.
func (a *announcer) hear(u *livekit.SubscribedQualityUpdate) {
	if len(u.SubscribedCodecs) == 0 {
		return
	}
	n := 0
	for _, q := range u.SubscribedCodecs[0].Qualities {
		if q.Enabled && q.Quality != livekit.VideoQuality_OFF {
			n = max(n, int(q.Quality)+1) // from LOW
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, known := a.sizes[u.TrackSid]; known || len(a.sizes) < sizesMax {
		a.sizes[u.TrackSid] = n
	}
}

// forgetSizes is for a new session: its publications have other SIDs.
func (a *announcer) forgetSizes() {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.sizes)
}

// refresh keeps a token that is newer than the one we joined with.
func (a *announcer) refresh(token string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.token = token
}

// refreshed is the newest token that came during the call; "" before one came.
func (a *announcer) refreshed() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.token
}

// incoming waits for the server's first message. It comes on the goroutine that
// joins, before the client starts any other that sends.
type incoming struct {
	signalling.SignalHandler
	a *announcer
}

// HandleMessage implements signalling.SignalHandler.
func (i incoming) HandleMessage(m proto.Message) error {
	if r, ok := m.(*livekit.SignalResponse); ok {
		if !i.a.expected(r) {
			return fmt.Errorf("%w: %T is not expected so", errSignal, r.GetMessage())
		}
		if r.GetJoin() != nil {
			i.a.stepIn()
			i.a.forgetSizes()
		}
		i.a.published.hear(r)
		if u := r.GetSubscribedQualityUpdate(); u != nil {
			i.a.hear(u)
		}
		if t := r.GetRefreshToken(); t != "" {
			i.a.refresh(t)
		}
		if answer := r.GetAnswer(); answer != nil {
			i.a.accept(answer.Sdp)
			i.a.codecs.answered(answer.Sdp)
		}
	}
	return i.SignalHandler.HandleMessage(m)
}

// errSignal is a message that a sound server does not send: LiveKit's client would
// end the program over it.
var errSignal = errors.New("the server sent what cannot be used")

// expected reports whether the client can take a message: it looks into parts that
// may be missing, and a second welcome would have it make its connections anew,
// without giving up the old ones.
func (a *announcer) expected(r *livekit.SignalResponse) bool {
	switch m := r.GetMessage().(type) {
	case *livekit.SignalResponse_Join:
		if m.Join.GetRoom() == nil || m.Join.GetParticipant() == nil {
			return false
		}
		transport, err := lkclient.Field[signalling.SignalTransport](a.engine, "signalTransport")
		return err == nil && *transport != nil && !(*transport).IsStarted()
	case *livekit.SignalResponse_RoomUpdate:
		return m.RoomUpdate.GetRoom() != nil
	case *livekit.SignalResponse_RoomMoved:
		return m.RoomMoved.GetRoom() != nil && m.RoomMoved.GetParticipant() != nil
	case *livekit.SignalResponse_Answer:
		_, ok := a.engine.Publisher()
		return ok
	case *livekit.SignalResponse_Offer:
		_, ok := a.engine.Subscriber()
		return ok
	case *livekit.SignalResponse_Trickle:
		if m.Trickle.GetTarget() == livekit.SignalTarget_PUBLISHER {
			_, ok := a.engine.Publisher()
			return ok
		}
		_, ok := a.engine.Subscriber()
		return ok
	}
	return true
}

func (a *announcer) stepIn() {
	a.leaving.Lock()
	defer a.leaving.Unlock()
	transport, err := lkclient.Field[signalling.SignalTransport](a.engine, "signalTransport")
	if err != nil {
		return // newAnnouncer has looked
	}
	if _, ok := (*transport).(outgoing); !ok {
		*transport = outgoing{*transport, a}
	}
}

// outgoing corrects what is announced.
type outgoing struct {
	signalling.SignalTransport
	a *announcer
}

// Start implements signalling.SignalTransport. The client has made its peer
// connections by then, and has read the server's first message alone.
func (o outgoing) Start() {
	o.a.starting()
	o.SignalTransport.Start()
}

// SendMessage implements signalling.SignalTransport.
func (o outgoing) SendMessage(m proto.Message) error {
	if r, ok := m.(*livekit.SignalRequest); ok {
		if add := r.GetAddTrack(); add != nil {
			o.a.mu.Lock()
			change := o.a.tracks[add.Cid]
			o.a.mu.Unlock()
			if change != nil {
				change(add)
			}
		}
		if offer := r.GetOffer(); offer != nil {
			offer.Sdp = o.a.offer(offer.Sdp)
			o.a.codecs.offered(offer.Sdp)
		}
	}
	return o.SignalTransport.SendMessage(m)
}

// disconnect is the room's, which may come while it is still being joined.
func (a *announcer) disconnect(room *lksdk.Room) {
	a.leaving.Lock()
	defer a.leaving.Unlock()
	room.Disconnect()
}
