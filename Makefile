# make demo PYTHON=python3.12 uses that Python, in a virtual environment of its own.
ifeq ($(origin PYTHON), undefined)
PYTHON := $(firstword $(foreach name, python3.11 python3.12 python3.13 python3, $(shell command -v $(name))))
VENV ?= .venv
endif
VENV ?= .venv-$(notdir $(PYTHON))
WORKERS ?= 3
INSTALLED := $(VENV)/.installed

.PHONY: help demo test format clean

help:
	@echo "make demo    trains a small CIN-GAN on real handwritten digits and writes a report (minutes on two cores)"
	@echo "make test    checks format and style, runs the tests"
	@echo "make format  formats the code"
	@echo "make clean   removes the virtual environment; run folders stay"
	@echo "Each makes the virtual environment ($(VENV)) and installs the project into it if need be."

demo: $(INSTALLED)
	$(VENV)/bin/python -m recipes.cingan_cifar --preset demo
	@echo "Open in a browser: $$(ls -td $(CURDIR)/runs/cingan_cifar-demo*/report.html | head -n 1)"

test: $(INSTALLED)
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/python -m pytest -n $(WORKERS) --dist loadfile --timeout 300

format: $(INSTALLED)
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

clean:
	rm -rf $(VENV)

$(INSTALLED): setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@
