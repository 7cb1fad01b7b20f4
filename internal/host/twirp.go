package host

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"

	"github.com/livekit/protocol/livekit"
	"github.com/twitchtv/twirp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// twirp answers the two calls of LiveKit's RoomService by which clients of Foyer
// 0.1.0 moderate. A host's token may do far more there: change what others may do,
// hide them, send in anybody's name. So each call is a handler of ours, and no
// other path below /twirp/ exists.
func (s *Server) twirp(m *http.ServeMux) {
	m.HandleFunc("POST /twirp/livekit.RoomService/MutePublishedTrack", roomCall(s, func() *livekit.MuteRoomTrackRequest { return &livekit.MuteRoomTrackRequest{} },
		func(ctx context.Context, q *livekit.MuteRoomTrackRequest) (proto.Message, error) {
			if !q.Muted {
				return nil, twirp.NewError(twirp.PermissionDenied, "nobody is unmuted by others")
			}
			return s.rooms.MutePublishedTrack(ctx, &livekit.MuteRoomTrackRequest{Room: q.Room, Identity: q.Identity, TrackSid: q.TrackSid, Muted: true})
		}))
	m.HandleFunc("POST /twirp/livekit.RoomService/RemoveParticipant", roomCall(s, func() *livekit.RoomParticipantIdentity { return &livekit.RoomParticipantIdentity{} },
		func(ctx context.Context, q *livekit.RoomParticipantIdentity) (proto.Message, error) {
			// As by our own API: a removal lasts. Where it cannot be kept, they are removed all the same.
			if err := s.store.ban(ctx, q.Room, q.Identity); err != nil {
				complain("removal will not last", "error", err)
			}
			return s.rooms.RemoveParticipant(ctx, &livekit.RoomParticipantIdentity{Room: q.Room, Identity: q.Identity})
		}))
}

// roomMessage is a request about one room.
type roomMessage interface {
	proto.Message
	GetRoom() string
	GetIdentity() string
}

// roomCall answers a twirp request of a host of the room.
func roomCall[Q roomMessage](s *Server, empty func() Q, do func(context.Context, Q) (proto.Message, error)) http.HandlerFunc {
	refuse := func(w http.ResponseWriter, code twirp.ErrorCode, why string) {
		_ = twirp.WriteError(w, twirp.NewError(code, why))
	}
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), apiTimeout)
		defer cancel()
		c, err := s.claims(bearer(r))
		if err != nil {
			refuse(w, twirp.Unauthenticated, errToken.Error())
			return
		}
		if !c.Video.RoomAdmin {
			refuse(w, twirp.PermissionDenied, "only hosts may do that")
			return
		}
		switch _, err := s.welcome(ctx, c); {
		case errors.Is(err, errBanned):
			refuse(w, twirp.PermissionDenied, err.Error())
			return
		case errors.Is(err, errNoRoom):
			refuse(w, twirp.NotFound, err.Error())
			return
		case err != nil:
			complain("admission failed", "error", err)
			refuse(w, twirp.Internal, "the meeting server failed")
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			refuse(w, twirp.InvalidArgument, "the request is too long")
			return
		}
		q := empty()
		kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		switch kind {
		case "application/protobuf":
			err = proto.Unmarshal(body, q)
		case "application/json":
			err = protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(body, q)
		default:
			refuse(w, twirp.BadRoute, "the content is neither protobuf nor JSON")
			return
		}
		if err != nil {
			refuse(w, twirp.Malformed, "the request cannot be read")
			return
		}
		if q.GetRoom() != c.Video.Room {
			refuse(w, twirp.PermissionDenied, "that is another room")
			return
		}
		if q.GetIdentity() == "" {
			refuse(w, twirp.InvalidArgument, "the request names no participant")
			return
		}
		answer, err := do(ctx, q)
		if err != nil {
			var said twirp.Error // by LiveKit, or by do
			if !errors.As(err, &said) {
				complain("request failed", "method", r.Method, "pattern", r.Pattern, "error", err)
				said = twirp.NewError(twirp.Internal, "the meeting server failed")
			}
			_ = twirp.WriteError(w, said)
			return
		}
		var b []byte
		if kind == "application/json" {
			b, err = protojson.MarshalOptions{UseProtoNames: true, EmitUnpopulated: true}.Marshal(answer)
		} else {
			b, err = proto.Marshal(answer)
		}
		if err != nil {
			refuse(w, twirp.Internal, "the answer cannot be written")
			return
		}
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(b) // the other side went away: nothing to tell it
	}
}
