"""What POST /tick takes: which shards of the due index this tick is for."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

from tickwork.core.settings import MAX_SHARDS, ShardNumber


def _numbers(value: Any) -> Any:
    return [part for text in ([value] if isinstance(value, str) else value) for part in text.split(",")]


class TickQuery(BaseModel):
    """Repeated or comma-separated. A number from INDEX_SHARDS on counts from 0 again, so that no clock is left without
    work where there are fewer shards than before."""

    model_config = ConfigDict(extra="forbid")

    shards: Annotated[list[ShardNumber], BeforeValidator(_numbers)] = Field(
        [],
        max_length=MAX_SHARDS,
        description="Shards of the due index to take from; TICK_SHARDS, or all, unless given.",
    )


QUERY = TypeAdapter(TickQuery)
