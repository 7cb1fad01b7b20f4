package call_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"

	"foyer/app/call"
)

// What a participant says of itself by signalling changes nothing that others see.
func TestNobodyCallsThemselvesHost(t *testing.T) {
	m := newMeeting(t)
	ann := m.join(m.config("host", "Ann"))
	for _, role := range []string{"guest", "viewer"} {
		mal := m.attacker(role, "Mal")
		if err := mal.Signal(&livekit.SignalRequest{Message: &livekit.SignalRequest_UpdateMetadata{UpdateMetadata: &livekit.UpdateParticipantMetadata{
			Name: "Ann", Metadata: "m", Attributes: map[string]string{"foyer.role": "host", "foyer.hand": time.Now().UTC().Format(time.RFC3339Nano)}}}}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		err := mal.Roundtrip(ctx) // signals are heard in order
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		by := func(s call.Snapshot) (p call.Participant, ok bool) {
			for _, p := range s.People {
				if p.Identity == mal.Identity() {
					return p, true
				}
			}
			return p, false
		}
		p, _ := by(await(t, ann, "Mal", func(s call.Snapshot) bool { _, ok := by(s); return ok }))
		if p.Name != "Mal" || p.Role != call.Role(role) || !p.Hand.IsZero() {
			t.Errorf("%s is %+v", role, p)
		}
	}
}

// bareConfig is for a token of a LiveKit server that nobody of Foyer's has made:
// its bearer may write attributes.
func (m *meeting) bareConfig(name string, g auth.VideoGrant, attributes map[string]string) call.Config {
	m.t.Helper()
	c := m.config("guest", name)
	b, err := os.ReadFile(filepath.Join(theServer.data, "data", "secrets.json"))
	if err != nil {
		m.t.Fatal(err)
	}
	var keys struct{ APIKey, APISecret string }
	if err := json.Unmarshal(b, &keys); err != nil {
		m.t.Fatal(err)
	}
	yes := true
	g.RoomJoin, g.Room, g.CanUpdateOwnMetadata, g.CanPublish, g.CanSubscribe, g.CanPublishData = true, m.links["guest"].Room, &yes, &yes, &yes, &yes
	c.Token, err = auth.NewAccessToken(keys.APIKey, keys.APISecret).SetIdentity("bare-" + name).SetName(name).SetValidFor(time.Minute).
		SetVideoGrant(&g).SetAttributes(attributes).ToJWT()
	if err != nil {
		m.t.Fatal(err)
	}
	return c
}

// Where people may write their attributes, those show hands and make nobody host:
// one's own token does.
func TestRolesOfABareServer(t *testing.T) {
	m := newMeeting(t)
	ruler := m.join(m.bareConfig("Ruler", auth.VideoGrant{RoomAdmin: true}, nil))
	liar := m.join(m.bareConfig("Liar", auth.VideoGrant{}, map[string]string{"foyer.role": "host"}))
	if r := ruler.Snapshot().Me.Role; r != call.RoleHost {
		t.Errorf("the room's admin is %s to himself", r)
	}
	if r := liar.Snapshot().Me.Role; r != call.RoleGuest {
		t.Errorf("a guest is %s to herself", r)
	}
	liar.RaiseHand(true)
	liar.SetName("Lia")
	s := await(t, ruler, "her hand", func(s call.Snapshot) bool { p, ok := other(s, "Lia"); return ok && !p.Hand.IsZero() })
	if p, _ := other(s, "Lia"); p.Role != call.RoleGuest {
		t.Errorf("she is %s to the admin", p.Role)
	}
	if err := liar.Remove(context.Background(), "bare-Ruler"); !errors.Is(err, call.ErrForbidden) {
		t.Errorf("a guest removes: %v", err)
	}
	// Of those whom a Foyer host let in, the hands count that the host has raised.
	guest := m.join(m.config("guest", "Gus"))
	s = await(t, guest, "the others", func(s call.Snapshot) bool { _, ok := other(s, "Lia"); return ok })
	if p, _ := other(s, "Lia"); !p.Hand.IsZero() || p.Role != call.RoleGuest {
		t.Errorf("she is %+v to a guest of a Foyer host", p)
	}
	if err := ruler.Remove(context.Background(), "bare-Liar"); err != nil {
		t.Errorf("the admin removes: %v", err)
	}
	await(t, ruler, "her to go", func(s call.Snapshot) bool { _, ok := other(s, "Lia"); return !ok })
}

// A refusal of the host's reaches the person.
func TestTooManyHands(t *testing.T) {
	m := newMeeting(t)
	bob := m.join(m.config("guest", "Bob"))
	for i := range 30 {
		bob.RaiseHand(i%2 == 0)
	}
	await(t, bob, "the refusal", func(s call.Snapshot) bool { return errors.Is(s.Local.RequestError, call.ErrTooOften) })
}
