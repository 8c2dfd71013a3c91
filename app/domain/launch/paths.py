"""Paths of the parts of a template that Launch gets, in the API's names."""

Path = tuple[str, ...]
VENDOR: Path = ("vendorConfiguration",)
BUNDLE: Path = (*VENDOR, "bundleConfig")
ENDPOINT: Path = (*VENDOR, "endpointConfig")
JOB: Path = (*VENDOR, "fineTuningJobBundleConfig")
CREATION_PARAMETERS: Path = ("modelCreationParametersSchema", "parameters")
