package host

import (
	"errors"
	"net/http"

	"github.com/livekit/protocol/livekit"

	"foyer/app/invite"
)

// roomView is a room as an administrator sees it.
type roomView struct {
	Room
	Participants int               `json:"participants"` // there now
	Links        map[string]string `json:"links"`        // by role
}

func (s *Server) view(r *http.Request, room Room) (roomView, error) {
	v := roomView{Room: room, Links: map[string]string{}}
	for _, role := range roles {
		links, err := s.Links(r.Context(), room.Name, role)
		if err != nil {
			return v, err
		}
		v.Links[role] = links[0].String()
	}
	return v, nil
}

func (s *Server) listRooms(w http.ResponseWriter, r *http.Request) {
	rooms, err := s.store.rooms(r.Context())
	if err != nil {
		failed(w, r, err)
		return
	}
	live, err := s.rooms.ListRooms(r.Context(), &livekit.ListRoomsRequest{})
	if err != nil {
		failed(w, r, err)
		return
	}
	// LiveKit's own count lags behind by seconds: ask who is there.
	there := map[string]int{}
	for _, l := range live.GetRooms() {
		list, err := s.rooms.ListParticipants(r.Context(), &livekit.ListParticipantsRequest{Room: l.Name})
		if err != nil && !missing(err) {
			failed(w, r, err)
			return
		}
		there[l.Name] = len(list.GetParticipants())
	}
	list := []roomView{}
	for _, room := range rooms {
		v, err := s.view(r, room)
		if err != nil {
			failed(w, r, err)
			return
		}
		v.Participants = there[room.Name]
		list = append(list, v)
	}
	answer(w, http.StatusOK, map[string]any{"rooms": list})
}

func (s *Server) createRoom(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Title           string `json:"title"`
		MaxParticipants *int   `json:"maxParticipants"` // left out: as rooms have it here
		Encrypted       bool   `json:"encrypted"`
	}
	if !read(w, r, &q) {
		return
	}
	o := RoomOptions{Title: q.Title, MaxParticipants: s.conf.MaxParticipants, Encrypted: q.Encrypted}
	if q.MaxParticipants != nil {
		o.MaxParticipants = *q.MaxParticipants
	}
	room, err := s.CreateRoom(r.Context(), o)
	if err != nil {
		failed(w, r, err)
		return
	}
	v, err := s.view(r, room)
	if err != nil {
		failed(w, r, err)
		return
	}
	answer(w, http.StatusCreated, v)
}

// deleteRoom forgets a room and its links, and ends the meeting in it.
func (s *Server) deleteRoom(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("room")
	err := s.store.deleteRoom(r.Context(), name)
	if errors.Is(err, errNoRoom) {
		failed(w, r, err)
		return
	}
	// The disk may be full: the meeting ends nevertheless.
	if _, e := s.rooms.DeleteRoom(r.Context(), &livekit.DeleteRoomRequest{Room: name}); e != nil && !missing(e) {
		err = errors.Join(err, e)
	}
	if err != nil {
		failed(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// rotateInvite makes a role's old link useless.
func (s *Server) rotateInvite(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("room")
	if err := s.store.rotate(r.Context(), name, r.PathValue("role")); err != nil {
		failed(w, r, err)
		return
	}
	links, err := s.Links(r.Context(), name, r.PathValue("role"))
	if err != nil {
		failed(w, r, err)
		return
	}
	answer(w, http.StatusOK, map[string]string{"link": links[0].String()})
}

// listLinks answers a room's links by role. A host passes on the guests' link. The one
// that makes hosts is for administrators alone: a host's token outlives a change of code.
func (s *Server) listLinks(w http.ResponseWriter, r *http.Request) {
	v, err := s.view(r, Room{Name: r.PathValue("room")})
	if err != nil {
		failed(w, r, err)
		return
	}
	if !s.sessions.valid(bearer(r)) {
		delete(v.Links, RoleHost)
	}
	answer(w, http.StatusOK, invite.LinksResponse{Links: v.Links})
}

func (s *Server) listParticipants(w http.ResponseWriter, r *http.Request) {
	list, err := s.rooms.ListParticipants(r.Context(), &livekit.ListParticipantsRequest{Room: r.PathValue("room")})
	if err != nil && !missing(err) {
		failed(w, r, err)
		return
	}
	type person struct {
		Identity string `json:"identity"`
		Name     string `json:"name"`
		Role     string `json:"role"`
		Joined   int64  `json:"joined"` // Unix milliseconds
	}
	people := []person{}
	for _, p := range list.GetParticipants() {
		people = append(people, person{p.Identity, p.Name, p.Attributes[attributeRole], p.JoinedAtMs})
	}
	answer(w, http.StatusOK, map[string]any{"participants": people})
}

// removeParticipant ends someone's presence and, unless {"ban": false} is asked,
// keeps them out: LiveKit alone would let them in again.
func (s *Server) removeParticipant(w http.ResponseWriter, r *http.Request) {
	room, identity := r.PathValue("room"), r.PathValue("identity")
	q := struct {
		Ban bool `json:"ban"`
	}{Ban: true}
	if !readOptional(w, r, &q) {
		return
	}
	if _, err := s.store.room(r.Context(), room); err != nil {
		failed(w, r, err)
		return
	}
	if q.Ban {
		s.store.keepOut(room, identity) // before they can come back
	}
	_, err := s.rooms.RemoveParticipant(r.Context(), &livekit.RoomParticipantIdentity{Room: room, Identity: identity})
	// The disk may be full: whoever disturbs a meeting is out of it by now.
	if q.Ban {
		if kept := s.store.ban(r.Context(), room, identity); kept != nil {
			complain("a ban lasts until the next start only", "error", kept)
			if err == nil {
				answer(w, http.StatusOK, map[string]any{"lasting": false, "message": "they are out, and stay out until the meeting server starts again: it cannot save the ban"})
				return
			}
		}
	}
	if err != nil {
		failed(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) listBans(w http.ResponseWriter, r *http.Request) {
	list, err := s.store.bans(r.Context(), r.PathValue("room"))
	if err != nil {
		failed(w, r, err)
		return
	}
	answer(w, http.StatusOK, map[string]any{"bans": list})
}

// liftBan lets someone in again.
func (s *Server) liftBan(w http.ResponseWriter, r *http.Request) {
	if err := s.store.unban(r.Context(), r.PathValue("room"), r.PathValue("identity")); err != nil {
		failed(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// sources are the names that {"source": ...} takes.
var sources = map[string]livekit.TrackSource{
	"microphone": livekit.TrackSource_MICROPHONE, "camera": livekit.TrackSource_CAMERA,
	"screen": livekit.TrackSource_SCREEN_SHARE, "screen-audio": livekit.TrackSource_SCREEN_SHARE_AUDIO,
}

// muteParticipant mutes someone's microphone, or the source that is asked for.
func (s *Server) muteParticipant(w http.ResponseWriter, r *http.Request) {
	room, identity := r.PathValue("room"), r.PathValue("identity")
	q := struct {
		Source string `json:"source"`
	}{Source: "microphone"}
	if !readOptional(w, r, &q) {
		return
	}
	source, ok := sources[q.Source]
	if !ok {
		refuse(w, http.StatusBadRequest, invite.CodeBadRequest, "the source is not microphone, camera, screen or screen-audio")
		return
	}
	p, err := s.rooms.GetParticipant(r.Context(), &livekit.RoomParticipantIdentity{Room: room, Identity: identity})
	if err != nil {
		failed(w, r, err)
		return
	}
	for _, t := range p.Tracks {
		if t.Source != source || t.Muted {
			continue
		}
		if _, err := s.rooms.MutePublishedTrack(r.Context(), &livekit.MuteRoomTrackRequest{Room: room, Identity: identity, TrackSid: t.Sid, Muted: true}); err != nil {
			failed(w, r, err)
			return
		}
	}
	w.WriteHeader(http.StatusNoContent)
}
