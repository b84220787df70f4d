"""What happens in a live room: the room machine, the media engine, the door between them."""
