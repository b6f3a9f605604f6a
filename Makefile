# The two commands of the README are `make demo` and `make test`. Everything runs under the Node that package.json
# pins (the npm package `node`), so the Node of the machine only has to be able to run npm.

NPM := npm
INSTALLED := node_modules/.package-lock.json
OLDEST_NODE := test/support/oldest-node/node_modules/.package-lock.json

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this help
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(INSTALLED): package.json package-lock.json
	$(NPM) ci
	@touch $@

$(OLDEST_NODE): test/support/oldest-node/package.json test/support/oldest-node/package-lock.json
	$(NPM) ci --prefix test/support/oldest-node
	@touch $@

.PHONY: build
build: $(INSTALLED) ## Build dist/
	$(NPM) run --silent build

.PHONY: demo
demo: build ## Run the webhook on recorded requests and show what it answers
	$(NPM) run --silent demo

# They need nothing of each other, so they share the cores; what each says stays together, and one that fails stops no other.
CHECKS := check-test check-lint-code check-typecheck check-lint-format check-lint-circles check-lint-generated check-knip
JOBS := 3
# GNU make 3.81, which macOS has, mixes the output instead.
TOGETHER := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

.PHONY: test
test: build $(OLDEST_NODE) ## Lint, types, unused code, unit and integration tests
	@$(MAKE) --no-print-directory --jobs=$(JOBS) --keep-going $(TOGETHER) $(CHECKS)

.PHONY: $(CHECKS)
check-test:
	$(NPM) run --silent test

# Some tests look at times: they go first wherever a core is wanted by both.
$(filter-out check-test,$(CHECKS)): check-%:
	nice $(NPM) run --silent $(subst lint-,lint:,$*)

.PHONY: binaries
binaries: $(INSTALLED) ## Find or build the real API server, etcd, kubectl and helm
	$(NPM) run --silent binaries

.PHONY: test-e2e
test-e2e: build binaries ## Tests against a real API server (needs Go, or the binaries)
	$(NPM) run --silent binaries -- --monitoring
	$(NPM) run --silent test:e2e

.PHONY: test-node
test-node: build ## Tests against a real node: kubelet, containerd, runc, crun, gVisor (needs root, Go and Debian)
	$(NPM) run --silent test:node

.PHONY: matrix
matrix: build ## The node tests with other versions of containerd and Kubernetes; writes docs/compatibility.md (goes on where it was ended)
	$(NPM) run --silent matrix

.PHONY: cluster
cluster: build binaries ## A real API server with shimgate installed in it, to play with
	$(NPM) run --silent cluster

.PHONY: release
release: build ## Everything that is released into release/: REGISTRY=ghcr.io/owner, TARGETS=linux/amd64,... (all)
	$(NPM) run --silent release

.PHONY: fuzz
fuzz: build ## 100,000 requests to the running program, then four minutes of inputs guided by coverage; prints its seeds
	$(NPM) run --silent fuzz
	$(NPM) run --silent fuzz:coverage

.PHONY: bench
bench: build binaries ## Measure the webhook against bare servers, what it adds to a pod, a large cluster, and an audit of one
	$(NPM) run --silent bench
	$(NPM) run --silent bench:pods
	$(NPM) run --silent bench:size
	$(NPM) run --silent bench:audit

.PHONY: chaos
chaos: build binaries ## Show that no pod creation fails while replicas, certificates and the API server come and go
	$(NPM) run --silent chaos

.PHONY: soak
soak: build binaries ## Ten minutes (SECONDS=600) of a cluster's life in fast motion, with all there is on: errors, memory, handles
	$(NPM) run --silent soak -- --seconds $(or $(SECONDS),600) --agents --in-process --audit

.PHONY: overload
overload: build ## Ask one replica ten times what it can take, for 30 s
	$(NPM) run --silent overload

.PHONY: clean
clean: ## Remove what was built and installed
	rm -rf dist coverage src/generated node_modules test/support/oldest-node/node_modules
