# The commands of the house; each installs what it needs. `make run` and `make test` are all a
# newcomer needs.

SWIFT ?= swift
# Warnings are errors in the tests' build only: another compiler's new warning must not keep a
# user from running the gateway.
CHECKED = TRANSOM_WARNINGS_AS_ERRORS=1

# Measured on small GETs: the static library saves 7 % of CPU a request (no calls through tables),
# switching off the run-time checks of exclusive access another 12 %. The debug build, which the
# tests run, keeps the checks.
RELEASE = -c release --static-swift-stdlib -Xswiftc -enforce-exclusivity=unchecked

.PHONY: run build test unit end-to-end image lint format bench micro-bench fuzz clean

run: build
	@.ci/sample "$$($(SWIFT) build $(RELEASE) --show-bin-path)"

build:
	@.ci/install build
	$(SWIFT) build $(RELEASE) --product transom
	$(SWIFT) build $(RELEASE) --product demo-backend

test: lint unit end-to-end image

lint:
	@.ci/install build test
	@.ci/layers
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests

format:
	$(SWIFT) format --in-place --recursive --parallel Package.swift Sources Tests

unit:
	@.ci/install build test
	$(CHECKED) $(SWIFT) build --build-tests
	$(CHECKED) $(SWIFT) test --skip-build
	TRANSOM_ALONE=1 $(CHECKED) $(SWIFT) test --skip-build --filter 'OpenSSLTests.MemoryTests'

end-to-end:
	@.ci/install build test
	$(CHECKED) $(SWIFT) build
	@TRANSOM_BIN="$$($(CHECKED) $(SWIFT) build --show-bin-path)" \
	  "$$(.ci/python Tests/EndToEnd/requirements.txt)" -m pytest -q Tests/EndToEnd \
	  --ignore Tests/EndToEnd/test_docker.py

# The stages of docker/Dockerfile, run in a plain folder.
image:
	@.ci/install build test
	@"$$(.ci/python Tests/EndToEnd/requirements.txt)" -m pytest -q -o faulthandler_timeout=0 \
	  Tests/EndToEnd/test_docker.py

bench:
	@.ci/install build bench
	$(SWIFT) build $(RELEASE)
	@.ci/bench "$$($(SWIFT) build $(RELEASE) --show-bin-path)"

micro-bench:
	@.ci/install build micro
	$(SWIFT) build $(RELEASE) --product transom-bench
	@"$$($(SWIFT) build $(RELEASE) --show-bin-path)/transom-bench" micro

# FUZZ_SECONDS for each target (60 if not set), FUZZ_TARGETS for some of them only.
fuzz:
	@.ci/install build
	@SWIFT="$(SWIFT)" .ci/fuzz $(FUZZ_SECONDS) $(FUZZ_TARGETS)

clean:
	rm -rf .build .build-fuzz
