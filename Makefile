# Needs Python 3.11 or newer and make; everything else is set up here, in .venv.
# On Windows the commands below are run by hand (see README): nothing in the Python needs make.

PYTHON ?= python3
RIG ?= rigs/simulated.toml
PRODUCT ?= products/lipo.toml
SERIAL_NUMBERS ?= SN0001,SN0002,SN0003,SN0004

BIN := .venv/bin
READY := .venv/ready
REPORT := build/report.html

.PHONY: qualify test proof fuzz kills lint bench clean

# Qualify the modules on a rig: the simulated bench unless RIG, PRODUCT, SERIAL_NUMBERS say else.
qualify: $(READY)
	@status=0; \
	$(BIN)/pytest tests_hil --rig $(RIG) --product $(PRODUCT) --serial-number $(SERIAL_NUMBERS) \
		--html $(REPORT) --self-contained-html || status=$$?; \
	case $$status in [0126]) echo "Report: $(CURDIR)/$(REPORT)";; esac; \
	exit $$status

# The framework's own tests.
test: $(READY)
	$(BIN)/pytest

# Each supervisor of the catalogue has a defect: the scenario that should find it, and whether it does.
proof: $(READY)
	$(BIN)/python -m proof supervisor

# Ten million inputs that nobody meant, to everything that reads what others wrote (Linux).
fuzz: $(READY)
	$(BIN)/python -m tests.fuzz

# Two hundred runs on real wires, each killed at a random moment: what stays on, what is lost.
kills: $(READY)
	$(BIN)/python -m tests.wires.kills

# Style, types of every room, and who may import whom.
lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy . --exclude '^(build|tests)/'
	$(BIN)/lint-imports

# Speed against real time and against plain pytest: a table, and build/bench.json.
bench: $(READY)
	$(BIN)/python benchmarks/run.py

# What runs leave behind; the environment goes with `rm -r .venv`.
clean:
	rm -rf build *.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

# One environment for everything, renewed when what it was made from has changed.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cellrig needs Python 3.11 or newer; PYTHON=... names another than " + sys.executable)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--constraint constraints.txt --editable '.[develop]'
	@touch $@
