// Package call is one person's presence in one meeting. Join connects,
// snapshots come out, verbs go in; Leave ends it.
//
// The connection is LiveKit's Go client. Around it stand the parts that make it
// a call: a camera and a screen that are encoded in simulcast layers, a
// microphone, a mixer with one voice per remote microphone, and a view per remote
// picture that decodes only while somebody looks.
package call
