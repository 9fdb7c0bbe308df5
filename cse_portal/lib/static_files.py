"""Static files in production: named by their content, scripts that import one another as well."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):
    """A module names the modules that it imports by their content, so that a device never keeps parts of two versions."""

    support_js_module_import_aggregation = True
