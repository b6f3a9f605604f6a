// A shim with the sandbox API, for a runtime with sandboxer = "shim": its containers are runc's, and its sandbox is no process but
// the shim itself. What containerd hands over for the sandbox it writes into created.json in the sandbox's bundle.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	bootapi "github.com/containerd/containerd/api/runtime/bootstrap/v1"
	api "github.com/containerd/containerd/api/runtime/sandbox/v1"
	"github.com/containerd/containerd/api/types"
	"github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2/manager"
	_ "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2/task/plugin"
	"github.com/containerd/containerd/v2/pkg/shim"
	"github.com/containerd/containerd/v2/pkg/shutdown"
	"github.com/containerd/containerd/v2/plugins"
	"github.com/containerd/plugin"
	"github.com/containerd/plugin/registry"
	"github.com/containerd/ttrpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// starter starts the shim of a sandbox as runc's shim starts itself, which looks into an OCI spec: a sandbox of this kind has none.
type starter struct{ shim.Shim }

func (s starter) Start(ctx context.Context, params *bootapi.BootstrapParams) (*bootapi.BootstrapResult, error) {
	if _, err := os.Stat("config.json"); errors.Is(err, fs.ErrNotExist) {
		if err := os.WriteFile("config.json", []byte("{}"), 0o600); err != nil {
			return nil, err
		}
	}
	return s.Shim.Start(ctx, params)
}

type created struct {
	// Annotations are the pod's, in the configuration that CRI hands on.
	Annotations map[string]string `json:"annotations"`
	// OfRequest are those that the request itself has a field for.
	OfRequest map[string]string `json:"ofRequest"`
}

type sandbox struct {
	shutdown  shutdown.Service
	startedAt time.Time
	stop      sync.Once
	stopped   chan struct{}
}

func (s *sandbox) RegisterTTRPC(server *ttrpc.Server) error {
	api.RegisterTTRPCSandboxService(server, s)
	return nil
}

func (s *sandbox) CreateSandbox(_ context.Context, r *api.CreateSandboxRequest) (*api.CreateSandboxResponse, error) {
	var config cri.PodSandboxConfig
	if err := proto.Unmarshal(r.GetOptions().GetValue(), &config); err != nil {
		return nil, err
	}
	content, err := json.Marshal(created{Annotations: config.GetAnnotations(), OfRequest: r.GetAnnotations()})
	if err != nil {
		return nil, err
	}
	return &api.CreateSandboxResponse{}, os.WriteFile(filepath.Join(r.GetBundlePath(), "created.json"), content, 0o600)
}

func (s *sandbox) StartSandbox(context.Context, *api.StartSandboxRequest) (*api.StartSandboxResponse, error) {
	s.startedAt = time.Now()
	return &api.StartSandboxResponse{Pid: uint32(os.Getpid()), CreatedAt: timestamppb.New(s.startedAt)}, nil
}

func (s *sandbox) Platform(context.Context, *api.PlatformRequest) (*api.PlatformResponse, error) {
	return &api.PlatformResponse{Platform: &types.Platform{OS: runtime.GOOS, Architecture: runtime.GOARCH}}, nil
}

func (s *sandbox) StopSandbox(context.Context, *api.StopSandboxRequest) (*api.StopSandboxResponse, error) {
	s.stop.Do(func() { close(s.stopped) })
	return &api.StopSandboxResponse{}, nil
}

func (s *sandbox) WaitSandbox(ctx context.Context, _ *api.WaitSandboxRequest) (*api.WaitSandboxResponse, error) {
	select {
	case <-s.stopped:
		return &api.WaitSandboxResponse{ExitedAt: timestamppb.Now()}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *sandbox) SandboxStatus(_ context.Context, r *api.SandboxStatusRequest) (*api.SandboxStatusResponse, error) {
	state := "SANDBOX_READY"
	select {
	case <-s.stopped:
		state = "SANDBOX_NOTREADY"
	default:
	}
	return &api.SandboxStatusResponse{
		SandboxID: r.GetSandboxID(),
		Pid:       uint32(os.Getpid()),
		State:     state,
		CreatedAt: timestamppb.New(s.startedAt),
	}, nil
}

func (s *sandbox) PingSandbox(context.Context, *api.PingRequest) (*api.PingResponse, error) {
	return &api.PingResponse{}, nil
}

func (s *sandbox) ShutdownSandbox(context.Context, *api.ShutdownSandboxRequest) (*api.ShutdownSandboxResponse, error) {
	s.stop.Do(func() { close(s.stopped) })
	s.shutdown.Shutdown()
	return &api.ShutdownSandboxResponse{}, nil
}

func (s *sandbox) SandboxMetrics(context.Context, *api.SandboxMetricsRequest) (*api.SandboxMetricsResponse, error) {
	return &api.SandboxMetricsResponse{}, nil
}

func (s *sandbox) UpdateSandbox(context.Context, *api.UpdateSandboxRequest) (*api.UpdateSandboxResponse, error) {
	return &api.UpdateSandboxResponse{}, nil
}

func main() {
	registry.Register(&plugin.Registration{
		Type:     plugins.TTRPCPlugin,
		ID:       "sandbox",
		Requires: []plugin.Type{plugins.InternalPlugin},
		InitFn: func(ic *plugin.InitContext) (any, error) {
			service, err := ic.GetByID(plugins.InternalPlugin, "shutdown")
			if err != nil {
				return nil, err
			}
			return &sandbox{shutdown: service.(shutdown.Service), stopped: make(chan struct{})}, nil
		},
	})
	shim.RunShim(context.Background(), starter{manager.NewShimManager("io.containerd.sandboxed.v1")})
}
