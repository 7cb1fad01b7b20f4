package theme

import (
	"embed"
	"sync"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
)

//go:embed icons/*.svg
var drawings embed.FS

// IconName names one of Foyer's own icons.
type IconName string

// The icons. They are drawn by icons/outline.go.
const (
	IconCamera         IconName = "camera"
	IconCameraOff      IconName = "camera-off"
	IconChat           IconName = "chat"
	IconCheck          IconName = "check"
	IconChevronDown    IconName = "chevron-down"
	IconChevronLeft    IconName = "chevron-left"
	IconChevronRight   IconName = "chevron-right"
	IconChevronUp      IconName = "chevron-up"
	IconClock          IconName = "clock"
	IconClose          IconName = "close"
	IconCopy           IconName = "copy"
	IconFullscreen     IconName = "fullscreen"
	IconFullscreenExit IconName = "fullscreen-exit"
	IconHand           IconName = "hand"
	IconHost           IconName = "host"
	IconInformation    IconName = "information"
	IconKeyboard       IconName = "keyboard"
	IconLeave          IconName = "leave"
	IconLink           IconName = "link"
	IconLock           IconName = "lock"
	IconMicrophone     IconName = "microphone"
	IconMicrophoneOff  IconName = "microphone-off"
	IconMoon           IconName = "moon"
	IconMore           IconName = "more"
	IconMoreVertical   IconName = "more-vertical"
	IconPause          IconName = "pause"
	IconPeople         IconName = "people"
	IconPerson         IconName = "person"
	IconPersonPlus     IconName = "person-plus"
	IconPersonRemove   IconName = "person-remove"
	IconPin            IconName = "pin"
	IconPlay           IconName = "play"
	IconPlus           IconName = "plus"
	IconQR             IconName = "qr"
	IconQuestion       IconName = "question"
	IconRecord         IconName = "record"
	IconRefresh        IconName = "refresh"
	IconSearch         IconName = "search"
	IconSend           IconName = "send"
	IconSettings       IconName = "settings"
	IconShare          IconName = "share"
	IconSpeaker        IconName = "speaker"
	IconSpeakerOff     IconName = "speaker-off"
	IconStatistics     IconName = "statistics"
	IconStopShare      IconName = "stop-share"
	IconSun            IconName = "sun"
	IconTrash          IconName = "trash"
	IconUnpin          IconName = "unpin"
	IconVideo          IconName = "video"
	IconWarning        IconName = "warning"
)

var (
	resourcesMu sync.Mutex
	resources   = map[IconName]*fyne.StaticResource{}
)

// Icon is an icon in the foreground colour, for Fyne's own widgets.
func Icon(name IconName) fyne.Resource { return IconIn(name, base.ColorNameForeground) }

// NoIcon takes the room of an icon, so that the words of a menu stand below each other.
var NoIcon fyne.Resource = fyne.NewStaticResource("foyer-none.svg",
	[]byte(`<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24"><path fill="none" d="M0 0h24v24H0z"/></svg>`))

// IconIn is an icon in a colour of the theme, and follows the theme. A name that
// has no drawing panics: names are the constants above.
func IconIn(name IconName, color fyne.ThemeColorName) fyne.Resource {
	resourcesMu.Lock()
	defer resourcesMu.Unlock()
	res := resources[name]
	if res == nil {
		svg, err := drawings.ReadFile("icons/" + string(name) + ".svg")
		if err != nil {
			panic("theme: no icon " + string(name))
		}
		res = fyne.NewStaticResource("foyer-"+string(name)+".svg", svg)
		resources[name] = res
	}
	return base.NewColoredResource(res, color)
}
