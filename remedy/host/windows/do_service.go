package windows

import (
	"context"
	"slices"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/winapi"
)

// States of a service. Source: SERVICE_STATUS.
const (
	serviceStopped = 1
	serviceRunning = 4
)

// serviceSeconds is how long a service may take if the operation does not say.
const serviceSeconds = 120

func (h *Host) service(ctx context.Context, name string) (winapi.ServiceState, error) {
	all, err := winapi.Services.Do(ctx, h.Calls, []string{name})
	if err == nil && len(all) == 0 {
		err = refused("refused-no-service", model.Args{"service": name})
	}
	if err != nil {
		return winapi.ServiceState{}, err
	}
	return all[0], nil
}

func (h *Host) runs(ctx context.Context, op host.Op) (bool, error) {
	s, err := h.service(ctx, op.Name)
	return s.State == serviceRunning, err
}

func (h *Host) stopped(ctx context.Context, op host.Op) (bool, error) {
	s, err := h.service(ctx, op.Name)
	return s.State == serviceStopped, err
}

func seconds(op host.Op, usual int) int {
	if op.Seconds > 0 {
		return op.Seconds
	}
	return usual
}

func (h *Host) startService(ctx context.Context, op host.Op) error {
	return h.start(ctx, op.Name, seconds(op, serviceSeconds))
}

func (h *Host) start(ctx context.Context, name string, limit int) error {
	s, err := winapi.StartService.Do(ctx, h.Calls, winapi.ServiceWait{Name: name, Seconds: limit})
	if ctx.Err() == nil && (err != nil || s.State != serviceRunning) {
		err = failed("service-not-started", model.Args{"service": name}, err)
	}
	return err
}

func (h *Host) stopService(ctx context.Context, op host.Op) error {
	return h.stop(ctx, op.Name, seconds(op, serviceSeconds))
}

func (h *Host) stop(ctx context.Context, name string, limit int) error {
	s, err := winapi.StopService.Do(ctx, h.Calls, winapi.ServiceWait{Name: name, Seconds: limit})
	if ctx.Err() == nil && (err != nil || s.State != serviceStopped) {
		err = failed("service-not-stopped", model.Args{"service": name}, err)
	}
	return err
}

// savedService is whether a service ran, and which of those that need it did.
type savedService struct {
	Ran        bool     `json:"ran"`
	Dependents []string `json:"dependents,omitempty"`
}

func (h *Host) saveService(ctx context.Context, op host.Op) (savedService, error) {
	s, err := h.service(ctx, op.Name)
	if err != nil {
		return savedService{}, err
	}
	saved := savedService{Ran: s.State != serviceStopped}
	if !saved.Ran {
		return saved, nil
	}
	all, err := winapi.Dependents.Do(ctx, h.Calls, op.Name)
	for _, d := range all {
		saved.Dependents = append(saved.Dependents, d.Name)
	}
	slices.Reverse(saved.Dependents) // they are told in the order in which they stop
	return saved, err
}

func (h *Host) serviceBack(ctx context.Context, op host.Op, was savedService) error {
	if !was.Ran {
		s, err := h.service(ctx, op.Name)
		if err != nil || s.State == serviceStopped {
			return err
		}
		return h.stop(ctx, op.Name, serviceSeconds)
	}
	for _, name := range append([]string{op.Name}, was.Dependents...) {
		s, err := h.service(ctx, name)
		if err == nil && s.State != serviceRunning {
			err = h.start(ctx, name, serviceSeconds)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
