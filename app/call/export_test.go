package call

import (
	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"

	"foyer/app/lkclient"
)

// Reconnect makes the client end its connections and make new ones, as the server
// can ask it to. The result reports whether they are there.
func (k *Call) Reconnect() (again func() bool, err error) {
	field, err := lkclient.Field[*lksdk.RTCEngine](k.room, "engine")
	if err != nil {
		return nil, err
	}
	engine := *field
	old := engine.GetDataChannel(livekit.DataPacket_RELIABLE)
	engine.OnLeave(&livekit.LeaveRequest{Action: livekit.LeaveRequest_RECONNECT})
	return func() bool {
		return engine.GetDataChannel(livekit.DataPacket_RELIABLE) != old && engine.IsConnected()
	}, nil
}
