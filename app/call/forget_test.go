package call

import (
	"fmt"
	"testing"
	"time"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
)

// Somebody who leaves and comes back as somebody new, again and again, fills no memory.
func TestThoseWhoAreGoneAreForgotten(t *testing.T) {
	k := &Call{names: map[string]string{}, streamed: map[string]bool{}, seen: map[string]time.Time{}, quality: map[string]Quality{}, unreadable: map[string]bool{}}
	here := []Participant{{Identity: "ann", Tracks: []Track{{ID: "TR_ann"}}}}
	sids := map[string]bool{"PA_me": true, "PA_ann": true}
	k.unreadable["TR_ann"], k.streamed["ann"] = true, true
	for sid := range sids {
		k.known(sid)
	}
	since := k.seen["PA_ann"]
	for i := range 20 * goneMax {
		id := fmt.Sprint(i)
		k.known("PA_" + id)
		k.quality["PA_"+id], k.streamed[id], k.unreadable["TR_"+id] = QualityGood, true, true
		k.meet(append(here, Participant{Identity: id, Name: id}), time.Now())
		k.forget(here, sids)
	}
	for what, n := range map[string]int{"names": len(k.names), "streamed": len(k.streamed), "seen": len(k.seen), "quality": len(k.quality), "unreadable": len(k.unreadable)} {
		if n > goneMax+len(sids) {
			t.Errorf("of %s, %d are kept", what, n)
		}
	}
	if !k.unreadable["TR_ann"] || !k.streamed["ann"] || !k.seen["PA_ann"].Equal(since) || !k.hasName("ann") {
		t.Error("of one who is here something is forgotten")
	}
}

// A server's messages without what belongs into them end no program.
func TestAServersIncompleteMessagesAreRefused(t *testing.T) {
	room := lksdk.NewRoom(lksdk.NewRoomCallback())
	a, err := newAnnouncer(room, func() {})
	if err != nil {
		t.Fatal(err)
	}
	in := incoming{nil, a} // what is passed on ends the test
	for _, m := range []*livekit.SignalResponse{
		{Message: &livekit.SignalResponse_Join{}},
		{Message: &livekit.SignalResponse_Join{Join: &livekit.JoinResponse{Room: &livekit.Room{}}}},
		{Message: &livekit.SignalResponse_Join{Join: &livekit.JoinResponse{Participant: &livekit.ParticipantInfo{}}}},
		{Message: &livekit.SignalResponse_RoomUpdate{RoomUpdate: &livekit.RoomUpdate{}}},
		{Message: &livekit.SignalResponse_RoomMoved{RoomMoved: &livekit.RoomMovedResponse{}}},
		{Message: &livekit.SignalResponse_RoomMoved{RoomMoved: &livekit.RoomMovedResponse{Room: &livekit.Room{}}}},
		{Message: &livekit.SignalResponse_Answer{Answer: &livekit.SessionDescription{}}},
		{Message: &livekit.SignalResponse_Offer{Offer: &livekit.SessionDescription{}}},
		{Message: &livekit.SignalResponse_Trickle{Trickle: &livekit.TrickleRequest{CandidateInit: "{}"}}},
	} {
		if err := in.HandleMessage(m); err == nil {
			t.Errorf("%v is passed on", m)
		}
	}
	for i := range 2 * sizesMax {
		a.hear(&livekit.SubscribedQualityUpdate{TrackSid: fmt.Sprint(i), SubscribedCodecs: []*livekit.SubscribedCodec{{}}})
	}
	if len(a.sizes) > sizesMax {
		t.Errorf("the sizes of %d publications are kept", len(a.sizes))
	}
}
