package meeting

import (
	"foyer/app/call"
	"foyer/media/video"
	"foyer/ui/mini"
)

// small opens the small window when it is wanted, keeps it up to date and closes it.
type small struct {
	v                *View
	main             *mini.Main
	stands           func() (minimised, front bool)
	minimised, front bool
	wish             mini.Wish
	speaker          mini.Speaker
	window           *mini.Window // nil while it is closed
}

func newSmall(v *View) *small {
	s := &small{v: v, main: mini.NewMain(v.window), front: true}
	if s.stands = v.o.Stands; s.stands == nil {
		s.stands = s.main.Stands
	}
	return s
}

// SmallShown says whether the small window is open: then this one is not looked at.
func (v *View) SmallShown() bool { return v.small.window != nil }

// look asks how the meeting's window stands now.
func (s *small) look() {
	minimised, front := s.stands()
	if minimised != s.minimised || front != s.front {
		s.minimised, s.front = minimised, front
		s.update()
	}
}

func (s *small) update() {
	v := s.v
	wanted := s.wish.Next(mini.Moment{
		On:        mini.Supported && !v.o.Preferences.SmallOff && v.last.State != call.Left && !v.closed,
		Minimised: s.minimised, Front: s.front, Sharing: v.last.Local.Sharing,
	})
	switch {
	case !wanted:
		s.close()
	case s.window != nil:
		s.window.Set(s.state())
	default:
		s.window = mini.Open(mini.Options{
			Main: s.main, Place: v.o.SmallPlace, Do: v.o.Do,
			Show:         func(identity string, to *video.Surface) { v.call.Show(identity, call.Camera, to) },
			Hide:         v.call.Hide,
			OnMicrophone: v.ToggleMicrophone, OnCamera: v.ToggleCamera, OnStopShare: v.call.StopShare,
			OnReturn: s.main.Raise, OnLeave: v.Leave,
			OnClose: func() {
				s.wish.Dismiss()
				s.close()
			},
		}, s.state())
	}
}

// state is what the small window shows: who speaks, as on their tile.
func (s *small) state() mini.State {
	v, l := s.v, s.v.last.Local
	p := s.speaker.Next(v.last)
	st := mini.State{
		Mine:         p.Identity == v.last.Me.Identity,
		MicrophoneOn: l.MicrophoneOn, CameraOn: l.CameraOn, Sharing: l.Sharing, Window: l.SharedWindow, Recording: v.last.Room.Recording, Leaving: v.leaving,
		WhyNoMicrophone: v.whyNoMicrophone(), WhyNoCamera: v.whyNoCamera(),
	}
	if t := v.stage.tiles[key{p.Identity, call.Camera}]; t != nil {
		st.Person = t.State()
		st.Person.Small, st.Person.Pinned, st.Person.Paused = false, false, false
	}
	return st
}

func (s *small) close() {
	if s.window != nil {
		s.window.Close()
		s.window = nil
	}
}
