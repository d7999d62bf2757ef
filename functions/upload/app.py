"""UploadFunction: hands out presigned POST forms to callers whose token the API has checked."""

from scanproof.settings import StackSettings
from scanproof.workers.upload_forms import UploadForms, make_form_handler

handler = make_form_handler(UploadForms.create(StackSettings.from_environment()))
