"""What every shape of the API is made of."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """Its check is built when it is first needed: those of all shapes together are a tenth of the time a web process takes to start."""

    model_config = ConfigDict(defer_build=True)
