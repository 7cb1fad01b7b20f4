package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/webrtc/v4"

	"foyer/app/invite"
)

func makeRoom(t *testing.T, s *Server, o RoomOptions) Room {
	t.Helper()
	room, err := s.CreateRoom(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return room
}

func redeem(t *testing.T, s *Server, room Room, role, who string) invite.JoinResponse {
	t.Helper()
	j, err := link(t, s, room, role).Redeem(context.Background(), who, who)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func await[T any](t *testing.T, what string, c <-chan T) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(5 * time.Second):
		t.Fatalf("%s did not come", what)
	}
}

// A host removes with LiveKit's own API, as its clients do: the token that is
// still good and a new one must both fail.
func testRemovedStayOut(t *testing.T, s *Server) {
	ctx := context.Background()
	room := makeRoom(t, s, RoomOptions{Title: "Out"})
	host, guest := redeem(t, s, room, RoleHost, "Hedy"), redeem(t, s, room, RoleGuest, "Gus")
	gone := make(chan lksdk.DisconnectionReason, 1)
	connect(t, guest, func(r lksdk.DisconnectionReason) { gone <- r })

	// A guest's token removes nobody, and bans nobody.
	remove := func(token string) int {
		status, _ := callAs(t, s, "POST", "/twirp/livekit.RoomService/RemoveParticipant", token, "application/json",
			fmt.Sprintf(`{"room":%q,"identity":%q}`, room.Name, guest.Identity))
		return status
	}
	if status := remove(guest.Token); status == 200 {
		t.Errorf("a guest removed somebody")
	}
	if bans, err := s.store.bans(ctx, room.Name); err != nil || len(bans) != 0 {
		t.Fatalf("bans after a guest's try: %v, %v", bans, err)
	}
	// Neither does a host's of another room.
	other := redeem(t, s, makeRoom(t, s, RoomOptions{}), RoleHost, "Otto")
	if status := remove(other.Token); status == 200 {
		t.Errorf("another room's host removed somebody")
	}
	if bans, err := s.store.bans(ctx, room.Name); err != nil || len(bans) != 0 {
		t.Fatalf("bans after another host's try: %v, %v", bans, err)
	}

	if status := remove(host.Token); status != 200 {
		t.Fatalf("remove: %d", status)
	}
	await(t, "the end of who was removed", gone)
	if _, err := lksdk.ConnectToRoomWithToken(guest.URL, guest.Token, lksdk.NewRoomCallback()); err == nil {
		t.Error("back with the old token")
	}
	if status, body := call(t, s, "GET", "/rtc/validate?access_token="+guest.Token, "", ""); status != 403 {
		t.Errorf("the old token: %d %s", status, body)
	}
	if _, err := link(t, s, room, RoleGuest).Redeem(ctx, "Gus", "Gus"); !errors.Is(err, invite.ErrBanned) {
		t.Errorf("a new token: %v", err)
	}
	if _, err := link(t, s, room, RoleHost).Redeem(ctx, "Gus", "Gus"); !errors.Is(err, invite.ErrBanned) {
		t.Errorf("a new token of another role: %v", err)
	}
	if status, body := call(t, s, "GET", "/rtc/validate?access_token="+host.Token, "", ""); status != 200 {
		t.Errorf("the host's token: %d %s", status, body)
	}

	// A host may think better of it.
	if status, body := call(t, s, "GET", "/api/rooms/"+room.Name+"/bans", host.Token, ""); status != 200 || body != fmt.Sprintf("{\"bans\":[%q]}\n", guest.Identity) {
		t.Errorf("bans: %d %s", status, body)
	}
	if status, _ := call(t, s, "DELETE", "/api/rooms/"+room.Name+"/bans/"+guest.Identity, host.Token, ""); status != 204 {
		t.Errorf("lift the ban: %d", status)
	}
	redeem(t, s, room, RoleGuest, "Gus")
}

func testHostsModerate(t *testing.T, s *Server) {
	room := makeRoom(t, s, RoomOptions{Title: "Moderated"})
	host, guest := redeem(t, s, room, RoleHost, "Hedy"), redeem(t, s, room, RoleGuest, "Gus")
	muted, heard, gone := make(chan struct{}, 1), make(chan struct{}, 1), make(chan lksdk.DisconnectionReason, 1)
	cb := lksdk.NewRoomCallback()
	cb.OnTrackMuted = func(lksdk.TrackPublication, lksdk.Participant) { muted <- struct{}{} }
	cb.OnTrackSubscribed = func(*webrtc.TrackRemote, *lksdk.RemoteTrackPublication, *lksdk.RemoteParticipant) {
		heard <- struct{}{}
	}
	h, err := lksdk.ConnectToRoomWithToken(host.URL, host.Token, cb)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Disconnect)
	r := connect(t, guest, func(r lksdk.DisconnectionReason) { gone <- r })
	track, err := lksdk.NewLocalTrack(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.LocalParticipant.PublishTrack(track, &lksdk.TrackPublicationOptions{Name: "m", Source: livekit.TrackSource_MICROPHONE}); err != nil {
		t.Fatal(err)
	}
	// LiveKit counts a track as published once something is heard on it.
	if err := track.StartWrite(lksdk.NewNullSampleProvider(16000), nil); err != nil {
		t.Fatal(err)
	}
	await(t, "the guest's voice", heard)
	path := "/api/rooms/" + room.Name + "/participants/" + guest.Identity
	if status, _ := call(t, s, "POST", path+"/mute", host.Token, `{"source":"nose"}`); status != 400 {
		t.Errorf("mute a nose: %d", status)
	}
	if status, _ := call(t, s, "POST", path+"/mute", guest.Token, ""); status != 401 {
		t.Errorf("a guest mutes: %d", status)
	}
	if status, body := call(t, s, "POST", path+"/mute", host.Token, ""); status != 204 {
		t.Fatalf("mute: %d %s", status, body)
	}
	await(t, "the mute", muted)
	if status, body := call(t, s, "POST", path+"/remove", host.Token, `{"ban":false}`); status != 204 {
		t.Fatalf("remove: %d %s", status, body)
	}
	await(t, "the end of who was removed", gone)
	connect(t, redeem(t, s, room, RoleGuest, "Gus"), nil) // was asked out, not kept out
	if status, _ := call(t, s, "POST", "/api/rooms/"+room.Name+"/participants/p-nobody/mute", host.Token, ""); status != 404 {
		t.Errorf("mute nobody: %d", status)
	}
	// What another key signed is no host's.
	forged, err := auth.NewAccessToken(s.secrets.APIKey, "another secret that is long enough").SetIdentity("x").
		SetVideoGrant(&auth.VideoGrant{RoomAdmin: true, Room: room.Name}).ToJWT()
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := call(t, s, "POST", path+"/remove", forged, ""); status != 401 {
		t.Errorf("a forged token removes: %d", status)
	}
}

func testViewersOnlyWatch(t *testing.T, s *Server) {
	room := makeRoom(t, s, RoomOptions{Title: "Watched"})
	viewer, guest := redeem(t, s, room, RoleViewer, "Vera"), redeem(t, s, room, RoleGuest, "Gus")
	heard := make(chan lksdk.DataPacket, 1)
	cb := lksdk.NewRoomCallback()
	cb.OnDataPacket = func(p lksdk.DataPacket, _ lksdk.DataReceiveParams) { heard <- p }
	g, err := lksdk.ConnectToRoomWithToken(guest.URL, guest.Token, cb)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Disconnect)
	v := connect(t, viewer, nil)
	// The SDK waits 10 s before it gives up publishing; what LiveKit says it will refuse is enough.
	if p := v.LocalParticipant.Permissions(); p.CanPublish || len(p.CanPublishSources) > 0 || !p.CanSubscribe {
		t.Errorf("a viewer may %+v", p)
	}
	if err := v.LocalParticipant.PublishDataPacket(lksdk.UserData([]byte("hi")), lksdk.WithDataPublishReliable(true)); err != nil {
		t.Fatal(err)
	}
	await(t, "the viewer's chat", heard)
}

// Two tokens are out for one place: one of them gets in, and the other is told.
func testLimitHolds(t *testing.T, s *Server) {
	room := makeRoom(t, s, RoomOptions{Title: "One", MaxParticipants: 1})
	first, second := redeem(t, s, room, RoleGuest, "First"), redeem(t, s, room, RoleGuest, "Second")
	connect(t, first, nil)
	if r, err := lksdk.ConnectToRoomWithToken(second.URL, second.Token, lksdk.NewRoomCallback()); err == nil {
		r.Disconnect()
		t.Error("a second one came into a room for one")
	}
	if status, body := call(t, s, "GET", "/rtc/validate?access_token="+second.Token, "", ""); status != 403 || !strings.Contains(body, "full") {
		t.Errorf("the second token: %d %s", status, body)
	}
	if status, body := call(t, s, "GET", "/rtc/validate?access_token="+first.Token, "", ""); status != 200 {
		t.Errorf("the token of who is there: %d %s", status, body)
	}
	// Should both come at the same moment, LiveKit counts again.
	list, err := s.rooms.ListRooms(context.Background(), &livekit.ListRoomsRequest{Names: []string{room.Name}})
	if err != nil || len(list.Rooms) != 1 || list.Rooms[0].MaxParticipants != 1 {
		t.Errorf("LiveKit's room: %v, %v", list, err)
	}
}

func testDeletedRoomIsGone(t *testing.T, s *Server) {
	room := makeRoom(t, s, RoomOptions{Title: "Gone"})
	guest := redeem(t, s, room, RoleGuest, "Gus")
	gone := make(chan lksdk.DisconnectionReason, 1)
	connect(t, guest, func(r lksdk.DisconnectionReason) { gone <- r })
	if status, body := call(t, s, "DELETE", "/api/rooms/"+room.Name, signIn(t, s), ""); status != 204 {
		t.Fatalf("delete: %d %s", status, body)
	}
	await(t, "the end of the meeting", gone)
	if r, err := lksdk.ConnectToRoomWithToken(guest.URL, guest.Token, lksdk.NewRoomCallback()); err == nil {
		r.Disconnect()
		t.Error("the old token makes the room anew")
	}
}

func signIn(t *testing.T, s *Server) string {
	t.Helper()
	status, body := call(t, s, "POST", "/api/sign-in", "", fmt.Sprintf(`{"password":%q}`, s.secrets.AdminPassword))
	var in struct{ Token string }
	if err := json.Unmarshal([]byte(body), &in); status != 200 || err != nil {
		t.Fatal(status, body, err)
	}
	return in.Token
}

func TestSessionsEnd(t *testing.T) {
	s := newSessions()
	token, ends := s.open()
	if !s.valid(token) || s.valid("") || s.valid(token+"x") || time.Until(ends) > sessionLength {
		t.Errorf("a fresh session until %v", ends)
	}
	for k := range s.ends {
		s.ends[k] = time.Now().Add(-time.Second)
	}
	if s.valid(token) {
		t.Error("a session outlives its end")
	}
	if s.open(); len(s.ends) != 1 {
		t.Errorf("%d sessions are kept", len(s.ends))
	}
}
