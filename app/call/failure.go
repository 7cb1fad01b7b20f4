package call

import (
	"context"
	"encoding/json"
	"errors"

	"foyer/app/text"
)

// Failure is a wish of ours that was not fulfilled, or a device that went away.
type Failure struct {
	What   string // FailedMicrophone to FailedRequest
	Device string // its ID; "" where none is concerned or it was never in use
	Err    error  // see package device, ErrForbidden, ErrTooOften
}

// What a Failure is about.
const (
	FailedMicrophone  = string(Microphone)
	FailedCamera      = string(Camera)
	FailedSpeaker     = "speaker"
	FailedScreen      = string(Screen)
	FailedScreenAudio = string(ScreenAudio)
	FailedRequest     = "request" // for another name, or a raised hand
)

// tries counts our wishes for each device. A repeated wish that fails with the same
// error is told again; a device that stays broken by itself is not.
type tries struct{ microphone, camera, speaker, screen, screenAudio, request uint64 }

// Failures lists what has failed since an older state of the same call.
func (l Local) Failures(since Local) []Failure {
	a, b := since.tries, l.tries
	var list []Failure
	for _, f := range []struct {
		Failure
		old      error
		repeated bool
	}{
		{Failure{FailedMicrophone, l.Microphone, l.MicrophoneError}, since.MicrophoneError, a.microphone != b.microphone},
		{Failure{FailedCamera, l.Camera, l.CameraError}, since.CameraError, a.camera != b.camera},
		{Failure{FailedSpeaker, l.Speaker, l.SpeakerError}, since.SpeakerError, a.speaker != b.speaker},
		{Failure{FailedScreen, l.SharedScreen, l.ShareError}, since.ShareError, a.screen != b.screen},
		{Failure{FailedScreenAudio, "", l.ShareSoundError}, since.ShareSoundError, a.screenAudio != b.screenAudio},
		{Failure{FailedRequest, "", l.RequestError}, since.RequestError, a.request != b.request},
	} {
		if f.Err != nil && (f.repeated || !same(f.old, f.Err)) && !errors.Is(f.Err, context.Canceled) {
			list = append(list, f.Failure)
		}
	}
	return list
}

// MarshalJSON writes each error as its text, without tokens. Reading it back leaves the
// errors out.
func (l Local) MarshalJSON() ([]byte, error) {
	type plain Local
	said := func(err error) string {
		if err == nil {
			return ""
		}
		return text.Redact(err.Error())
	}
	return json.Marshal(struct {
		plain
		MicrophoneError string `json:",omitempty"`
		CameraError     string `json:",omitempty"`
		SpeakerError    string `json:",omitempty"`
		ShareError      string `json:",omitempty"`
		ShareSoundError string `json:",omitempty"`
		RequestError    string `json:",omitempty"`
	}{plain(l), said(l.MicrophoneError), said(l.CameraError), said(l.SpeakerError), said(l.ShareError), said(l.ShareSoundError), said(l.RequestError)})
}
