package meeting

import (
	"fyne.io/fyne/v2/lang"

	"foyer/app/call"
	"foyer/ui/notify"
)

// newsMax is how much of a message is shown outside the window, in runes.
const newsMax = 240

// news tells those who do not look at the window what has changed between two
// snapshots and waits for them.
func (v *View) news(old, s call.Snapshot) {
	if v.o.OnNews == nil || v.o.Now().Sub(v.joined) < cueSettle {
		return
	}
	title := v.o.Title
	if title == "" {
		title = s.Room.Name
	}
	before := map[string]call.Participant{}
	for _, p := range old.People {
		before[p.Identity] = p
	}
	for _, p := range s.People {
		if b, known := before[p.Identity]; known && b.Hand.IsZero() && !p.Hand.IsZero() {
			v.o.OnNews(notify.Note{About: "hand:" + p.Identity, Title: lang.L("{{.Name}} raised a hand", map[string]any{"Name": short(p.Name)}), Text: title})
		}
	}
	// Whoever comes to an empty room waits there.
	if n := len(s.People); n > 0 && len(old.People) == 0 && old.State == call.Joined && s.State == call.Joined {
		note := notify.Note{About: "people", Title: lang.L("{{.Name}} joined", map[string]any{"Name": short(s.People[0].Name)}), Text: title}
		if n > 1 {
			note.Title = lang.N("{{.Count}} people joined", n, map[string]any{"Count": n})
		}
		v.o.OnNews(note)
	}
	for _, m := range since(old.Messages, s.Messages) {
		if m.Mine {
			continue
		}
		text := lang.L("New message")
		if !v.o.Encrypted { // a notification may be kept, and shown on a locked screen
			text = cut(m.Text, newsMax)
		}
		v.o.OnNews(notify.Note{About: "message:" + m.From, Title: short(guest(m.FromName)), Text: text})
	}
}

// since are the messages after the last of those that were there.
func since(old, now []call.Message) []call.Message {
	if len(old) == 0 {
		return now
	}
	i := len(now)
	for i > 0 && now[i-1].Seq > old[len(old)-1].Seq {
		i--
	}
	return now[i:]
}

func cut(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}
